// Models that are missing, damaged, cut, or change between open and use.
#include "check.h"

#include <sys/stat.h>

static char folder[] = "/tmp/reszoo-files-XXXXXX";

static const char *in_folder(const char *name) {
  static char text[4096];
  snprintf(text, sizeof text, "%s/%s", folder, name);
  return text;
}

static reszoo_status opened(const char *path, const char *content_root) {
  const reszoo_options options = {.struct_size = sizeof options, .content_root = content_root};
  reszoo_model *model = NULL;
  char *message = NULL;
  const reszoo_status status = reszoo_model_open(path, &options, &model, &message);
  CHECK((status == RESZOO_OK) == (model != NULL) && (status == RESZOO_OK) == (message == NULL));
  reszoo_free(message);
  CHECK(reszoo_model_close(model, NULL) == RESZOO_OK);
  return status;
}

int main(int count, char **arguments) {
  BEGIN(count, arguments);
  CHECK(mkdtemp(folder) != NULL);
  size_t size = 0;
  uint8_t *bytes = read_file(model_path(), &size);
  CHECK(bytes != NULL && size > 100000);

  CHECK(opened("/nowhere.rzoo", NULL) == RESZOO_NOT_FOUND);
  CHECK(opened("no such network", NULL) == RESZOO_NOT_FOUND);
  CHECK(opened("", NULL) == RESZOO_NOT_FOUND);
  CHECK(opened(folder, NULL) == RESZOO_UNREADABLE);
  CHECK(opened("\xff.rzoo", NULL) == RESZOO_INVALID_ARGUMENT);
  CHECK(opened(in_root("README.md"), NULL) == RESZOO_DAMAGED);

  // The content root, right, wrong, and in capitals.
  reszoo_model *model = open_model(model_path(), 0);
  char *content_root = NULL;
  EXPECT(RESZOO_OK, reszoo_model_get_text(model, RESZOO_TEXT_CONTENT_ROOT, &content_root, &message));
  CHECK(strlen(content_root) == 64);
  CHECK(opened(model_path(), content_root) == RESZOO_OK);
  content_root[5] = content_root[5] == '0' ? '1' : '0';
  CHECK(opened(model_path(), content_root) == RESZOO_CHANGED);
  reszoo_free(content_root);
  EXPECT(RESZOO_OK, reszoo_model_close(model, &message));

  // A bit flipped at a few hundred places, and files that end early.
  const char *copy = in_folder("copy.rzoo");
  for (size_t turn = 0; turn < 300; turn++) {
    const size_t place = turn * 7919 * 13 % size;
    bytes[place] ^= (uint8_t)(1 << turn % 8);
    reszoo_model *other = NULL;
    char *message = NULL;
    const reszoo_status status = reszoo_model_open_bytes(bytes, size, NULL, &other, &message);
    CHECK(status == RESZOO_DAMAGED || status == RESZOO_NO_BASE);
    CHECK(other == NULL && message != NULL);
    reszoo_free(message);
    bytes[place] ^= (uint8_t)(1 << turn % 8);
    EXPECT(RESZOO_DAMAGED, reszoo_model_open_bytes(bytes, turn * size / 300, NULL, &other, &message));
  }

  // Replaced by renaming: nothing changes here. Changed in place: what is read later is refused.
  CHECK(write_file(copy, bytes, size));
  model = open_model(copy, 2);
  const char *other = in_folder("other.rzoo");
  CHECK(write_file(other, "another", 7));
  char to[4096];
  snprintf(to, sizeof to, "%s/copy.rzoo", folder);
  CHECK(rename(in_folder("other.rzoo"), to) == 0);
  float *weights = malloc(4 * 64 * 10);
  EXPECT(RESZOO_OK, reszoo_model_copy_tensor(model, "fc.weight", weights, 640, &message));
  EXPECT(RESZOO_OK, reszoo_model_close(model, &message));

  CHECK(write_file(to, bytes, size));
  model = open_model(to, 2);
  bytes[size - 1000] ^= 1;
  FILE *file = fopen(to, "r+b");
  CHECK(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
  EXPECT(RESZOO_CHANGED, reszoo_model_copy_tensor(model, "fc.weight", weights, 640, &message));
  const char **paths = paths_of(IMAGES);
  const reszoo_images images = paths_list(paths, IMAGES);
  float features[IMAGES * 64];
  EXPECT(RESZOO_CHANGED, reszoo_features(model, NULL, &images, NULL, features, IMAGES * 64, NULL, &message));
  answer_set set = answers_for(IMAGES);
  // The network was prepared when the model was opened.
  EXPECT(RESZOO_OK, classify(model, &images, NULL, set, &message));
  CHECK(truncate(to, 1000) == 0);
  EXPECT(RESZOO_CHANGED, reszoo_features(model, NULL, &images, NULL, features, IMAGES * 64, NULL, &message));
  EXPECT(RESZOO_OK, classify(model, &images, NULL, set, &message));
  EXPECT(RESZOO_OK, reszoo_model_close(model, &message));

  unlink(to);
  rmdir(folder);
  free_answers(set);
  free(paths);
  free(weights);
  free(bytes);
  END();
}
