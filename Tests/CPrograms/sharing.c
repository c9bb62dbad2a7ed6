// Processes that share the weights of a model that each opens: the same bits, whatever lies where the shared weights should.
#include "check.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char folder[] = "/tmp/reszoo-sharing-XXXXXX";
static char shared[sizeof folder + 32];

static reszoo_model *open_sharing(void) {
  const reszoo_options options = {.struct_size = sizeof options, .threads = 1, .share_weights = 1};
  reszoo_model *model = NULL;
  EXPECT(RESZOO_OK, reszoo_model_open(model_path(), &options, &model, &message));
  return model;
}

// The number of files in the folder, each of which is given to `change`.
static int files(void (*change)(const char *)) {
  DIR *listing = opendir(shared);
  if (listing == NULL) return -1;
  int count = 0;
  for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", shared, entry->d_name);
    if (change != NULL) change(path);
    count++;
  }
  closedir(listing);
  return count;
}

static void damage(const char *path) {
  struct stat status;
  CHECK(stat(path, &status) == 0);
  const int size = (int)status.st_size;
  char *zeros = calloc(1, (size_t)size);
  CHECK(unlink(path) == 0 && write_file(path, zeros, (size_t)size));
  free(zeros);
}

static void delete(const char *path) { CHECK(unlink(path) == 0); }

// How many of this process's mappings are of files in the folder.
static int mappings(void) {
  char line[8192];
  int count = 0;
  FILE *file = fopen("/proc/self/maps", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) count += strstr(line, shared) != NULL;
  if (file != NULL) fclose(file);
  return count;
}

int main(int count, char **arguments) {
  BEGIN(count, arguments);
  CHECK(mkdtemp(folder) != NULL);
  CHECK(setenv("RESZOO_CACHE", folder, 1) == 0);
  snprintf(shared, sizeof shared, "%s/shared-weights", folder);
  const char **paths = paths_of(IMAGES);
  const reszoo_images images = paths_list(paths, IMAGES);
  answer_set wanted = answers_for(IMAGES), got = answers_for(IMAGES);

  reszoo_model *own = open_model(model_path(), 1);
  EXPECT(RESZOO_OK, classify(own, &images, NULL, wanted, &message));
  EXPECT(RESZOO_OK, reszoo_model_close(own, &message));
  CHECK(files(NULL) == -1);

  // Nothing there; what others wrote; damaged; without the folder's protection.
  int written = 0;
  for (int turn = 0; turn < 4; turn++) {
    if (turn == 2) files(damage);
    if (turn == 3) CHECK(chmod(shared, 0777) == 0);
    reszoo_model *model = open_sharing();
    CHECK(mappings() >= (turn < 3 ? 3 : 0) && (turn < 3 || mappings() == 0));
    EXPECT(RESZOO_OK, classify(model, &images, NULL, got, &message));
    for (size_t image = 0; image < IMAGES; image++) CHECK(same_answer(wanted, image, got, image));
    if (turn == 0) written = files(NULL);
    CHECK(written >= 3 && files(NULL) == written);
    EXPECT(RESZOO_OK, reszoo_model_close(model, &message));
    CHECK(mappings() == 0);
  }
  CHECK(chmod(shared, 0700) == 0);

  // Eight processes at once, with nothing there: all map the files of the first.
  files(delete);
  for (int child = 0; child < 8; child++) {
    if (fork() != 0) continue;
    reszoo_model *model = open_sharing();
    EXPECT(RESZOO_OK, classify(model, &images, NULL, got, &message));
    for (size_t image = 0; image < IMAGES; image++) CHECK(same_answer(wanted, image, got, image));
    CHECK(mappings() >= 3);
    _exit(atomic_load(&failures) > 0);
  }
  int status = 0;
  while (wait(&status) > 0) CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(files(NULL) == written);

  const reszoo_options bad = {.struct_size = sizeof bad, .share_weights = 2};
  reszoo_model *none = NULL;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_open(model_path(), &bad, &none, &message));

  files(delete);
  rmdir(shared);
  rmdir(folder);
  free_answers(wanted);
  free_answers(got);
  free(paths);
  END();
}
