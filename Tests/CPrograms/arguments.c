// Wrong arguments of every kind: NULL for each pointer, closed and invented handles, sizes that are not set, too small or overflow. Each
// is a status with a message, and nothing is printed.
#include "check.h"

#include <signal.h>

#define ANY ((void *)(uintptr_t)0x1230)

static void check_nulls(void) {
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_cancellation_create(NULL, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_cancellation_cancel(NULL, &message));
  EXPECT(RESZOO_OK, reszoo_cancellation_close(NULL, &message));
  reszoo_model *model = ANY;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_open(NULL, NULL, &model, &message));
  CHECK(model == NULL);
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_open(model_path(), NULL, NULL, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_open_bytes(NULL, 100, NULL, &model, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_open_bytes("x", SIZE_MAX, NULL, &model, &message));
  EXPECT(RESZOO_DAMAGED, reszoo_model_open_bytes("x", 1, NULL, &model, &message));
  EXPECT(RESZOO_DAMAGED, reszoo_model_open_bytes("", 0, NULL, &model, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_open_bytes("x", 1, NULL, NULL, &message));
  EXPECT(RESZOO_OK, reszoo_model_close(NULL, &message));
  reszoo_free(NULL);
  // Without a place for the message, too.
  CHECK(reszoo_model_open(NULL, NULL, &model, NULL) == RESZOO_INVALID_ARGUMENT);
  CHECK(reszoo_classify(NULL, NULL, NULL, NULL, NULL, NULL) == RESZOO_INVALID_ARGUMENT);
}

// Calls each function with a handle that is none.
static void check_handle(reszoo_model *model, reszoo_status wanted) {
  char *text = NULL;
  size_t sizes[4];
  float value;
  EXPECT(wanted, reszoo_model_get_info(model, NULL, &message));
  EXPECT(wanted, reszoo_model_get_text(model, RESZOO_TEXT_LABELS, &text, &message));
  EXPECT(wanted, reszoo_model_get_label(model, 0, &text, &message));
  EXPECT(wanted, reszoo_classify(model, NULL, NULL, NULL, NULL, &message));
  EXPECT(wanted, reszoo_preprocess(model, NULL, NULL, &value, 1, NULL, &message));
  EXPECT(wanted, reszoo_model_get_node(model, NULL, sizes, sizes + 3, &message));
  EXPECT(wanted, reszoo_features(model, NULL, NULL, NULL, &value, 1, NULL, &message));
  EXPECT(wanted, reszoo_run(model, NULL, NULL, NULL, &value, 1, NULL, &message));
  EXPECT(wanted, reszoo_model_get_tensor(model, 0, NULL, &message));
  EXPECT(wanted, reszoo_model_copy_tensor(model, "fc.weight", &value, 1, &message));
  EXPECT(wanted, reszoo_model_trim(model, &message));
}

static void check_options(void) {
  reszoo_model *model = NULL;
  const struct {
    reszoo_options options;
    reszoo_status wanted;
  } cases[] = {
    {{.struct_size = 0}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = SIZE_MAX}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = sizeof(reszoo_options) - 8}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = sizeof(reszoo_options), .threads = 257}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = sizeof(reszoo_options), .threads = SIZE_MAX}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = sizeof(reszoo_options), .batch = 1025}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = sizeof(reszoo_options), .precision = 4}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = sizeof(reszoo_options), .goal = -1}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = sizeof(reszoo_options), .ignore_exif = 9}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = sizeof(reszoo_options), .content_root = "12"}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = sizeof(reszoo_options),
      .content_root = "0000000000000000000000000000000000000000000000000000000000000000"},
     RESZOO_CHANGED},
    {{.struct_size = sizeof(reszoo_options), .public_key = "no key"}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = sizeof(reszoo_options),
      .public_key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"},
     RESZOO_NOT_SIGNED},
    {{.struct_size = sizeof(reszoo_options), .base_count = 1}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = sizeof(reszoo_options), .base_count = SIZE_MAX}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = sizeof(reszoo_options), .content_root = "\xff\xfe"}, RESZOO_INVALID_ARGUMENT},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    EXPECT(cases[index].wanted, reszoo_model_open(model_path(), &cases[index].options, &model, &message));
    CHECK(model == NULL);
  }
  // A structure of a later version, whose new members are not used, and used.
  struct {
    reszoo_options options;
    size_t member;
  } later = {.options = {.struct_size = sizeof later}};
  EXPECT(RESZOO_OK, reszoo_model_open(model_path(), &later.options, &model, &message));
  EXPECT(RESZOO_OK, reszoo_model_close(model, &message));
  later.member = 1;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_open(model_path(), &later.options, &model, &message));
  // Misaligned.
  _Alignas(16) char bytes[sizeof(reszoo_options) + 16] = {0};
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_open(model_path(), (void *)(bytes + 1), &model, &message));
}

static void check_images(reszoo_model *model) {
  int32_t indices[8];
  int32_t offsets[3] = {0, 2, 4};
  int32_t falling[3] = {0, 4, 2};
  int64_t far[3] = {0, 1, INT64_MAX}, negative[3] = {-1, 0, 1};
  const uint8_t data[4] = {1, 2, 3, 4};
  const void *buffers[2] = {data, data};
  const size_t sizes[2] = {4, SIZE_MAX};
  reszoo_answers answers = {.struct_size = sizeof answers, .top = 1, .indices = indices};
  const size_t size = sizeof(reszoo_images);
  const struct {
    reszoo_images images;
    reszoo_status wanted;
  } cases[] = {
    {{.struct_size = 8}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = 6}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_PATHS, .count = 1}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_PATHS, .count = SIZE_MAX}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_PATHS, .count = SIZE_MAX / 32}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_PATHS}, RESZOO_OK},
    {{.struct_size = size, .kind = RESZOO_IMAGES_BINARY}, RESZOO_OK},
    {{.struct_size = size, .kind = RESZOO_IMAGES_PIXELS, .count = 1}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_BUFFERS, .count = 2, .buffers = buffers}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_BUFFERS, .count = 2, .sizes = sizes}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_BUFFERS, .count = 2, .buffers = buffers, .sizes = sizes}, RESZOO_OK},
    {{.struct_size = size, .kind = RESZOO_IMAGES_BINARY, .count = 2, .data = data, .data_size = 4}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_BINARY, .count = 2, .data_size = 4, .offsets = offsets}, RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_BINARY, .count = 2, .data = data, .data_size = 3, .offsets = offsets},
     RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_BINARY, .count = 2, .data = data, .data_size = SIZE_MAX, .offsets = offsets},
     RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_BINARY, .count = 2, .data = data, .data_size = 4, .offsets = falling},
     RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_LARGE_BINARY, .count = 2, .data = data, .data_size = 4, .offsets = far},
     RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_LARGE_BINARY, .count = 2, .data = data, .data_size = 4, .offsets = negative},
     RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_BINARY, .count = 2, .data = data, .data_size = 4, .offsets = offsets,
      .validity = data, .validity_offset = SIZE_MAX},
     RESZOO_INVALID_ARGUMENT},
    {{.struct_size = size, .kind = RESZOO_IMAGES_BINARY, .count = 2, .data = data, .data_size = 4, .offsets = offsets}, RESZOO_OK},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    EXPECT(cases[index].wanted, reszoo_classify(model, &cases[index].images, NULL, &answers, NULL, &message));
  }
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_classify(model, NULL, NULL, &answers, NULL, &message));
  const reszoo_images sound = cases[sizeof cases / sizeof *cases - 1].images;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_classify(model, &sound, NULL, NULL, NULL, &message));
  answers.top = 0;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_classify(model, &sound, NULL, &answers, NULL, &message));
  answers.top = SIZE_MAX / 4;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_classify(model, &sound, NULL, &answers, NULL, &message));
  answers = (reszoo_answers){.struct_size = sizeof answers, .top = 1};
  EXPECT(RESZOO_OK, reszoo_classify(model, &sound, NULL, &answers, NULL, &message));
  EXPECT(RESZOO_CLOSED, reszoo_classify(model, &sound, ANY, &answers, NULL, &message));
  reszoo_outcomes outcomes = {.struct_size = 1};
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_classify(model, &sound, NULL, &answers, &outcomes, &message));
  // More places than classes.
  int32_t many[2 * 1000];
  answers = (reszoo_answers){.struct_size = sizeof answers, .top = 1000, .indices = many};
  const char **paths = paths_of(2);
  const reszoo_images two = paths_list(paths, 2);
  EXPECT(RESZOO_OK, reszoo_classify(model, &two, NULL, &answers, NULL, &message));
  CHECK(many[9] >= 0 && many[10] == -1 && many[999] == -1 && many[1009] >= 0 && many[1010] == -1);
  float value[3];
  EXPECT(RESZOO_TOO_SMALL, reszoo_preprocess(model, &two, NULL, value, 3, NULL, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_preprocess(model, &two, NULL, NULL, 1 << 20, NULL, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_preprocess(model, &two, NULL, value, SIZE_MAX, NULL, &message));
  free(paths);
}

static void check_tensors(reszoo_model *model) {
  float data[3 * 32 * 32] = {0}, output[64];
  size_t required = 0;
  reszoo_tensor input = {.struct_size = sizeof input, .data = data, .images = 1, .channels = 3, .height = 32, .width = 32};
  EXPECT(RESZOO_OK, reszoo_run(model, &input, NULL, NULL, NULL, 0, &required, &message));
  CHECK(required == 10);
  EXPECT(RESZOO_OK, reszoo_run(model, &input, NULL, NULL, output, 10, &required, &message));
  EXPECT(RESZOO_TOO_SMALL, reszoo_run(model, &input, NULL, NULL, output, 9, NULL, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_run(model, NULL, NULL, NULL, output, 10, NULL, &message));
  reszoo_tensor bad = input;
  bad.data = NULL;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_run(model, &bad, NULL, NULL, output, 10, NULL, &message));
  bad = input;
  bad.data = (void *)((char *)data + 1);
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_run(model, &bad, NULL, NULL, output, 10, NULL, &message));
  bad = input;
  bad.images = SIZE_MAX / 2;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_run(model, &bad, NULL, NULL, output, 10, NULL, &message));
  bad = input;
  bad.channels = 4;
  EXPECT(RESZOO_UNSUPPORTED, reszoo_run(model, &bad, NULL, NULL, output, 10, NULL, &message));
  bad = input;
  bad.height = 0;
  EXPECT(RESZOO_UNSUPPORTED, reszoo_run(model, &bad, NULL, NULL, output, 10, NULL, &message));
  bad.height = 100000;
  EXPECT(RESZOO_UNSUPPORTED, reszoo_run(model, &bad, NULL, NULL, output, 10, NULL, &message));
  bad = input;
  bad.strides[3] = 2;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_run(model, &bad, NULL, NULL, output, 10, NULL, &message));
  bad.strides[3] = PTRDIFF_MIN;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_run(model, &bad, NULL, NULL, output, 10, NULL, &message));
  bad = input;
  bad.images = 0;
  EXPECT(RESZOO_OK, reszoo_run(model, &bad, NULL, NULL, output, 10, &required, &message));
  CHECK(required == 0);
  reszoo_node node = {.struct_size = sizeof node, .path = "nowhere"};
  EXPECT(RESZOO_NOT_FOUND, reszoo_run(model, &input, &node, NULL, output, 64, NULL, &message));
  node.path = "layer3";
  EXPECT(RESZOO_TOO_SMALL, reszoo_run(model, &input, &node, NULL, output, 64, &required, &message));
  CHECK(required == 64 * 8 * 8);
  node.pooled = 1;
  EXPECT(RESZOO_OK, reszoo_run(model, &input, &node, NULL, output, 64, NULL, &message));
  node.pooled = 2;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_run(model, &input, &node, NULL, output, 64, NULL, &message));
  size_t shape[3], rank;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_get_node(model, NULL, NULL, &rank, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_get_node(model, NULL, shape, NULL, &message));
  node = (reszoo_node){.struct_size = sizeof node, .path = "layer3", .height = 37, .width = 70};
  EXPECT(RESZOO_OK, reszoo_model_get_node(model, &node, shape, &rank, &message));
  CHECK(rank == 3 && shape[0] == 64 && shape[1] == 10 && shape[2] == 18);
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_run(model, &input, &node, NULL, output, 64, NULL, &message));
  node.width = 0;
  EXPECT(RESZOO_UNSUPPORTED, reszoo_model_get_node(model, &node, shape, &rank, &message));
  node.width = SIZE_MAX;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_get_node(model, &node, shape, &rank, &message));
  node.width = SIZE_MAX / 2;
  EXPECT(RESZOO_UNSUPPORTED, reszoo_model_get_node(model, &node, shape, &rank, &message));

  reszoo_tensor_info info = {.struct_size = sizeof info};
  EXPECT(RESZOO_NOT_FOUND, reszoo_model_get_tensor(model, SIZE_MAX, &info, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_get_tensor(model, 0, NULL, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_copy_tensor(model, NULL, output, 64, &message));
  EXPECT(RESZOO_NOT_FOUND, reszoo_model_copy_tensor(model, "fc", output, 64, &message));
  EXPECT(RESZOO_TOO_SMALL, reszoo_model_copy_tensor(model, "fc.bias", output, 9, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_copy_tensor(model, "fc.bias", NULL, 10, &message));
  EXPECT(RESZOO_OK, reszoo_model_copy_tensor(model, "fc.bias", output, 10, &message));
}

static void check_all(void) {
  check_nulls();
  check_handle(NULL, RESZOO_INVALID_ARGUMENT);
  check_handle(ANY, RESZOO_CLOSED);
  check_options();
  reszoo_model *model = open_model(model_path(), 2);
  reszoo_cancellation *cancellation = NULL;
  EXPECT(RESZOO_OK, reszoo_cancellation_create(&cancellation, &message));
  // A handle of one kind is none of another.
  EXPECT(RESZOO_CLOSED, reszoo_model_close((void *)cancellation, &message));
  EXPECT(RESZOO_CLOSED, reszoo_cancellation_cancel((void *)model, &message));
  check_handle((void *)cancellation, RESZOO_CLOSED);
  char *text = NULL;
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_get_text(model, 0, &text, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_get_text(model, 1, NULL, &message));
  EXPECT(RESZOO_NOT_FOUND, reszoo_model_get_label(model, 10, &text, &message));
  EXPECT(RESZOO_NOT_FOUND, reszoo_model_get_label(model, SIZE_MAX, &text, &message));
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_get_label(model, 0, NULL, &message));
  reszoo_model_info info = {.struct_size = 3};
  EXPECT(RESZOO_INVALID_ARGUMENT, reszoo_model_get_info(model, &info, &message));
  check_images(model);
  check_tensors(model);
  EXPECT(RESZOO_OK, reszoo_cancellation_close(cancellation, &message));
  EXPECT(RESZOO_CLOSED, reszoo_cancellation_close(cancellation, &message));
  EXPECT(RESZOO_OK, reszoo_model_close(model, &message));
  check_handle(model, RESZOO_CLOSED);
}

// True if no signal has a handler.
static bool handles_nothing(void) {
  for (int number = 1; number < 32; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) return false;
  }
  return true;
}

int main(int count, char **arguments) {
  BEGIN(count, arguments);
  CHECK(handles_nothing());
  // What the library printed would be in this file; what the checks print is told from it by its size.
  char name[] = "/tmp/reszoo-output-XXXXXX";
  const int file = mkstemp(name), out = dup(1), error = dup(2);
  unlink(name);
  dup2(file, 1);
  dup2(file, 2);
  check_all();
  fflush(stderr);
  const off_t size = lseek(file, 0, SEEK_END);
  dup2(out, 1);
  dup2(error, 2);
  if (size > 0) {
    char text[4096];
    lseek(file, 0, SEEK_SET);
    for (ssize_t part; (part = read(file, text, sizeof text)) > 0;) fwrite(text, 1, (size_t)part, stderr);
  }
  CHECK(size == 0);
  CHECK(handles_nothing());
  END();
}
