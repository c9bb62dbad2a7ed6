// What the test programs of the C interface share: checks that count, and the images and models that they use.
#pragma once
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reszoo.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_THREAD_SANITIZER 1
#endif
#endif
#ifndef HAS_THREAD_SANITIZER
#define HAS_THREAD_SANITIZER 0
#endif

static atomic_int failures;

#define CHECK(condition) \
  ((condition) ? (void)0 : (void)(atomic_fetch_add(&failures, 1), fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition)))

// Compares a status with the one that must come, and says the message if another came.
#define EXPECT(wanted, call)                                                                                         \
  do {                                                                                                               \
    char *message = NULL;                                                                                            \
    const reszoo_status status = (call);                                                                             \
    if (status != (wanted)) {                                                                                        \
      atomic_fetch_add(&failures, 1);                                                                                \
      fprintf(stderr, "%s:%d: %s: %d (%s)\n", __FILE__, __LINE__, #call, status, message ? message : "no message"); \
    }                                                                                                                \
    if ((status == RESZOO_OK) != (message == NULL)) {                                                                \
      atomic_fetch_add(&failures, 1);                                                                                \
      fprintf(stderr, "%s:%d: %s: status %d with message %p\n", __FILE__, __LINE__, #call, status, (void *)message); \
    }                                                                                                                \
    reszoo_free(message);                                                                                            \
  } while (0)

// The folder of the repository, from the command line.
static const char *root;

static inline const char *in_root(const char *path) {
  static _Thread_local char texts[8][4096];
  static _Thread_local int next;
  char *text = texts[next++ % 8];
  snprintf(text, sizeof texts[0], "%s/%s", root, path);
  return text;
}

static inline const char *model_path(void) { return in_root("models/cifar_resnet20.rzoo"); }

static const char *const image_names[] = {
  "Examples/images/airplane.png", "Examples/images/automobile.png", "Examples/images/ship.png"};
enum { IMAGES = 3, TOP = 10 };

// A file's bytes; NULL if it cannot be read.
static inline uint8_t *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(*size + 1);
  if (fread(bytes, 1, *size, file) != *size) *size = 0;
  fclose(file);
  return bytes;
}

static inline bool write_file(const char *path, const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) return false;
  const bool done = fwrite(bytes, 1, size, file) == size;
  return fclose(file) == 0 && done;
}

static inline reszoo_model *open_model(const char *path, size_t threads) {
  const reszoo_options options = {.struct_size = sizeof options, .threads = threads};
  reszoo_model *model = NULL;
  EXPECT(RESZOO_OK, reszoo_model_open(path, &options, &model, &message));
  return model;
}

// The answers to the example images, again and again up to `count`.
typedef struct {
  int32_t *indices, *statuses;
  double *probabilities;
  float *logits;
} answer_set;

static inline answer_set answers_for(size_t count) {
  return (answer_set){
    .indices = calloc(count * TOP, 4), .statuses = calloc(count, 4), .probabilities = calloc(count * TOP, 8),
    .logits = calloc(count * TOP, 4)};
}

static inline void free_answers(answer_set set) {
  free(set.indices);
  free(set.statuses);
  free(set.probabilities);
  free(set.logits);
}

static inline reszoo_status classify(
  const reszoo_model *model, const reszoo_images *images, reszoo_cancellation *cancellation, answer_set set, char **message) {
  reszoo_answers answers = {
    .struct_size = sizeof answers, .top = TOP, .indices = set.indices, .probabilities = set.probabilities, .logits = set.logits};
  reszoo_outcomes outcomes = {.struct_size = sizeof outcomes, .statuses = set.statuses};
  return reszoo_classify(model, images, cancellation, &answers, &outcomes, message);
}

// Paths of the example images, again and again.
static inline const char **paths_of(size_t count) {
  static char texts[IMAGES][4096];
  const char **paths = malloc(count * sizeof *paths);
  for (int index = 0; index < IMAGES; index++) snprintf(texts[index], sizeof texts[0], "%s/%s", root, image_names[index]);
  for (size_t index = 0; index < count; index++) paths[index] = texts[index % IMAGES];
  return paths;
}

static inline reszoo_images paths_list(const char *const *paths, size_t count) {
  return (reszoo_images){.struct_size = sizeof(reszoo_images), .kind = RESZOO_IMAGES_PATHS, .count = count, .paths = paths};
}

// True if image i of one set has the bits of image j of another.
static inline bool same_answer(answer_set one, size_t i, answer_set other, size_t j) {
  return one.statuses[i] == other.statuses[j] && memcmp(one.indices + i * TOP, other.indices + j * TOP, 4 * TOP) == 0 &&
         memcmp(one.probabilities + i * TOP, other.probabilities + j * TOP, 8 * TOP) == 0 &&
         memcmp(one.logits + i * TOP, other.logits + j * TOP, 4 * TOP) == 0;
}

static inline int threads_of_process(void) {
  char line[256];
  int count = -1;
  FILE *file = fopen("/proc/self/status", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) sscanf(line, "Threads: %d", &count);
  if (file != NULL) fclose(file);
  return count;
}

// Waits until the threads that were told to end have ended; true if there are `count` then.
static inline bool threads_become(int count) {
  // The sanitizer has a thread of its own.
  if (HAS_THREAD_SANITIZER) count++;
  for (int turn = 0; turn < 2000; turn++) {
    if (threads_of_process() == count) return true;
    usleep(1000);
  }
  return false;
}

// Begins every program: the repository's folder is its first argument.
#define BEGIN(count, arguments)                                                  \
  do {                                                                           \
    if ((count) < 2) return fprintf(stderr, "usage: %s REPOSITORY\n", *(arguments)), 64; \
    root = (arguments)[1];                                                       \
    CHECK(reszoo_abi_version() == RESZOO_ABI_VERSION);                           \
  } while (0)

#define END() return failures == 0 ? 0 : 1
