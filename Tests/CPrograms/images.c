// One image in every form gives the same bits; images that are broken, empty, huge, missing or no images have a status and a text each,
// and leave the others alone.
#include "check.h"

#include <math.h>

enum { WIDTH = 40, HEIGHT = 36 };

// A PNM file of the pixels: P6 for three channels, P5 for one.
static uint8_t *pnm(const uint8_t *pixels, int channels, size_t *size) {
  uint8_t *file = malloc(64 + (size_t)(WIDTH * HEIGHT * channels));
  const int head = sprintf((char *)file, "P%d %d %d 255\n", channels == 3 ? 6 : 5, WIDTH, HEIGHT);
  memcpy(file + head, pixels, (size_t)(WIDTH * HEIGHT * channels));
  *size = (size_t)head + (size_t)(WIDTH * HEIGHT * channels);
  return file;
}

static answer_set answered(reszoo_model *model, reszoo_images images) {
  answer_set set = answers_for(images.count);
  EXPECT(RESZOO_OK, classify(model, &images, NULL, set, &message));
  return set;
}

// Pixels in several layouts against a file with the same ones.
static void check_pixels(reszoo_model *model, int channels) {
  uint8_t pixels[HEIGHT * WIDTH * 3], planes[HEIGHT * WIDTH * 3], flipped[HEIGHT * WIDTH * 3];
  for (int y = 0; y < HEIGHT; y++) {
    for (int x = 0; x < WIDTH; x++) {
      for (int c = 0; c < channels; c++) {
        const uint8_t value = (uint8_t)((x * 7 + y * 13 * (c + 1) + (x * y) % 31 * 5) & 255);
        pixels[(y * WIDTH + x) * channels + c] = value;
        planes[(c * HEIGHT + y) * WIDTH + x] = value;
        flipped[((HEIGHT - 1 - y) * WIDTH + x) * channels + (channels - 1 - c)] = value;
      }
    }
  }
  const size_t count = (size_t)channels;
  const reszoo_pixels list[] = {
    {pixels, HEIGHT, WIDTH, count, WIDTH * channels, channels, 1},
    {planes, HEIGHT, WIDTH, count, WIDTH, 1, HEIGHT * WIDTH},
    // From the last row up, blue first.
    {flipped + (HEIGHT - 1) * WIDTH * channels + channels - 1, HEIGHT, WIDTH, count, -WIDTH * channels, channels, -1},
    {pixels, HEIGHT, WIDTH, 2, WIDTH * 2, 2, 1},
    {NULL, HEIGHT, WIDTH, count, WIDTH, 1, 1},
    {pixels, 0, WIDTH, count, WIDTH, 1, 1},
    {pixels, 70000, 1, count, 0, 0, 0},
    {pixels, HEIGHT, WIDTH, count, PTRDIFF_MAX, PTRDIFF_MAX, 1},
    {pixels, SIZE_MAX, SIZE_MAX, count, 1, 1, 1},
  };
  enum { GOOD = 3, ALL = sizeof list / sizeof *list };
  const int32_t wanted[ALL] = {
    0, 0, 0, RESZOO_IMAGE_BAD_PIXELS, RESZOO_IMAGE_MISSING, RESZOO_IMAGE_DIMENSIONS, RESZOO_IMAGE_DIMENSIONS,
    RESZOO_IMAGE_BAD_PIXELS, RESZOO_IMAGE_DIMENSIONS};
  size_t size = 0;
  uint8_t *file = pnm(pixels, channels, &size);
  const void *buffers[1] = {file};
  const size_t sizes[1] = {size};
  answer_set reference = answered(
    model, (reszoo_images){.struct_size = sizeof(reszoo_images), .kind = RESZOO_IMAGES_BUFFERS, .count = 1, .buffers = buffers, .sizes = sizes});
  CHECK(reference.statuses[0] == RESZOO_IMAGE_OK);
  answer_set set = answered(
    model, (reszoo_images){.struct_size = sizeof(reszoo_images), .kind = RESZOO_IMAGES_PIXELS, .count = ALL, .pixels = list});
  for (size_t image = 0; image < ALL; image++) {
    CHECK(set.statuses[image] == wanted[image]);
    if (image < GOOD) CHECK(same_answer(set, image, reference, 0));
  }
  free_answers(set);
  free_answers(reference);
  free(file);
}

// The example images as files, buffers and Arrow arrays, with bad ones between them.
static void check_forms(reszoo_model *model) {
  enum { COUNT = 9 };
  static uint8_t noise[5000];
  for (size_t index = 0; index < sizeof noise; index++) noise[index] = (uint8_t)(index * index >> 3);
  uint8_t *files[IMAGES];
  size_t lengths[IMAGES];
  for (int image = 0; image < IMAGES; image++) files[image] = read_file(in_root(image_names[image]), &lengths[image]);
  // A PNG header that promises 60,000 × 60,000 pixels, and nothing behind it.
  static const uint8_t huge[] = {
    0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60, 8, 2, 0, 0, 0, 1, 2, 3, 4};
  const void *buffers[COUNT] = {files[0], NULL, noise, files[1], "", huge, files[2], files[0], files[1]};
  const size_t sizes[COUNT] = {lengths[0], 0, sizeof noise, lengths[1], 0, sizeof huge, lengths[2], lengths[0] / 2, lengths[1]};
  const int32_t wanted[COUNT] = {0, RESZOO_IMAGE_MISSING, RESZOO_IMAGE_NOT_AN_IMAGE, 0, RESZOO_IMAGE_EMPTY, -1, 0, -1, 0};
  const int origin[COUNT] = {0, -1, -1, 1, -1, -1, 2, -1, 1};

  const char **paths = paths_of(IMAGES);
  answer_set reference = answered(model, paths_list(paths, IMAGES));
  answer_set set = answers_for(COUNT);
  char *messages[COUNT];
  memset(messages, 0x55, sizeof messages);
  const reszoo_images list = {
    .struct_size = sizeof list, .kind = RESZOO_IMAGES_BUFFERS, .count = COUNT, .buffers = buffers, .sizes = sizes};
  reszoo_answers answers = {
    .struct_size = sizeof answers, .top = TOP, .indices = set.indices, .probabilities = set.probabilities, .logits = set.logits};
  reszoo_outcomes outcomes = {.struct_size = sizeof outcomes, .statuses = set.statuses, .messages = messages};
  EXPECT(RESZOO_OK, reszoo_classify(model, &list, NULL, &answers, &outcomes, &message));
  for (size_t image = 0; image < COUNT; image++) {
    const bool good = wanted[image] == 0;
    CHECK(good ? set.statuses[image] == 0 : set.statuses[image] > 0);
    if (wanted[image] >= 0) CHECK(set.statuses[image] == wanted[image]);
    CHECK((messages[image] == NULL) == good);
    if (good) CHECK(same_answer(set, image, reference, (size_t)origin[image]));
    if (!good) CHECK(set.indices[image * TOP] == -1 && isnan(set.logits[image * TOP]) && isnan(set.probabilities[image * TOP]));
    reszoo_free(messages[image]);
  }

  // The same in Arrow's layout, as a slice that begins at its third value, with a bitmap that begins within a byte.
  size_t total = 7;
  for (int image = 0; image < COUNT; image++) total += sizes[image];
  uint8_t *data = malloc(total);
  int32_t small[COUNT + 3] = {0, 3, 7};
  int64_t large[COUNT + 3] = {0, 3, 7};
  uint8_t validity[4] = {0};
  for (int image = 0; image < COUNT; image++) {
    if (buffers[image] != NULL) memcpy(data + small[image + 2], buffers[image], sizes[image]);
    small[image + 3] = small[image + 2] + (int32_t)sizes[image];
    large[image + 3] = small[image + 3];
    if (buffers[image] != NULL) validity[(image + 5) / 8] |= (uint8_t)(1 << (image + 5) % 8);
  }
  for (int wide = 0; wide < 2; wide++) {
    const reszoo_images arrow = {
      .struct_size = sizeof arrow, .kind = wide ? RESZOO_IMAGES_LARGE_BINARY : RESZOO_IMAGES_BINARY, .count = COUNT, .data = data,
      .data_size = total, .offsets = wide ? (void *)(large + 2) : (void *)(small + 2), .validity = validity, .validity_offset = 5};
    answer_set other = answered(model, arrow);
    for (size_t image = 0; image < COUNT; image++) CHECK(same_answer(set, image, other, image));
    free_answers(other);
  }

  // Paths: missing, a folder, not UTF-8.
  const char *names[] = {paths[0], "/nowhere/x.png", root, NULL, "\xff\xfe", paths[1], ""};
  answer_set named = answered(model, paths_list(names, 7));
  const int32_t statuses[] = {0, RESZOO_IMAGE_NOT_FOUND, RESZOO_IMAGE_NOT_A_FILE, RESZOO_IMAGE_MISSING, RESZOO_IMAGE_NOT_FOUND, 0, RESZOO_IMAGE_NOT_FOUND};
  for (int image = 0; image < 7; image++) CHECK(named.statuses[image] == statuses[image]);
  CHECK(same_answer(named, 5, reference, 1));

  // Features, preprocessing and a run of what was preprocessed, on the same list.
  enum { SIZE = 3 * 32 * 32 };
  float *input = calloc(COUNT * SIZE, 4), *logits = calloc(COUNT * TOP, 4), *swapped = calloc(COUNT * SIZE, 4);
  int32_t states[COUNT];
  reszoo_outcomes own = {.struct_size = sizeof own, .statuses = states};
  EXPECT(RESZOO_OK, reszoo_preprocess(model, &list, NULL, input, COUNT * SIZE, &own, &message));
  CHECK(memcmp(states, set.statuses, sizeof states) == 0);
  for (int image = 0; image < COUNT; image++) CHECK(isnan(input[image * SIZE]) == (wanted[image] != 0));
  // NHWC, as channels last.
  for (int image = 0; image < COUNT; image++) {
    for (int pixel = 0; pixel < 1024; pixel++) {
      for (int c = 0; c < 3; c++) swapped[image * SIZE + pixel * 3 + c] = input[image * SIZE + c * 1024 + pixel];
    }
  }
  const reszoo_tensor batch = {
    .struct_size = sizeof batch, .data = swapped, .images = COUNT, .channels = 3, .height = 32, .width = 32,
    .strides = {4 * SIZE, 4, 4 * 3 * 32, 4 * 3}};
  EXPECT(RESZOO_OK, reszoo_run(model, &batch, NULL, NULL, logits, COUNT * TOP, NULL, &message));
  for (int image = 0; image < COUNT; image++) {
    for (int place = 0; wanted[image] == 0 && place < TOP; place++) {
      CHECK(logits[image * TOP + set.indices[image * TOP + place]] == set.logits[image * TOP + place]);
    }
  }
  const reszoo_node head = {.struct_size = sizeof head, .path = "fc"};
  float *again = calloc(COUNT * TOP, 4);
  EXPECT(RESZOO_OK, reszoo_features(model, &head, &list, NULL, again, COUNT * TOP, &own, &message));
  CHECK(memcmp(states, set.statuses, sizeof states) == 0);
  for (int image = 0; image < COUNT; image++) {
    CHECK(wanted[image] == 0 ? memcmp(again + image * TOP, logits + image * TOP, 4 * TOP) == 0 : isnan(again[image * TOP]));
  }
  free(again);
  free(input);
  free(logits);
  free(swapped);
  free_answers(named);
  free_answers(set);
  free_answers(reference);
  free(data);
  for (int image = 0; image < IMAGES; image++) free(files[image]);
}

int main(int count, char **arguments) {
  BEGIN(count, arguments);
  reszoo_model *model = open_model(model_path(), 2);
  check_pixels(model, 3);
  check_pixels(model, 1);
  check_forms(model);
  EXPECT(RESZOO_OK, reszoo_model_close(model, &message));
  END();
}
