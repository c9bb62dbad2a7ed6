// Sixteen threads use one model, in every way at once, and get the bits that one thread alone gets. Then the model is closed while they
// run. Cancellation from another thread. No thread is there before and between calls.
#include "check.h"

#include <time.h>

enum { THREADS = 16, TURNS = 6, BATCH = 12 };

static reszoo_model *shared;
static answer_set reference;
static float *reference_features, *reference_input;
static size_t feature_count, input_count;
static const char **paths;

static void *use_model(void *argument) {
  const int number = (int)(intptr_t)argument;
  answer_set set = answers_for(BATCH);
  float *features = calloc(BATCH * feature_count, 4), *input = calloc(BATCH * input_count, 4);
  const reszoo_images images = paths_list(paths, BATCH);
  for (int turn = 0; turn < TURNS; turn++) {
    switch ((number + turn) % 4) {
    case 0:
    case 1:
      EXPECT(RESZOO_OK, classify(shared, &images, NULL, set, &message));
      for (size_t image = 0; image < BATCH; image++) CHECK(same_answer(set, image, reference, image));
      break;
    case 2:
      EXPECT(RESZOO_OK, reszoo_features(shared, NULL, &images, NULL, features, BATCH * feature_count, NULL, &message));
      CHECK(memcmp(features, reference_features, 4 * BATCH * feature_count) == 0);
      break;
    default: {
      EXPECT(RESZOO_OK, reszoo_preprocess(shared, &images, NULL, input, BATCH * input_count, NULL, &message));
      CHECK(memcmp(input, reference_input, 4 * BATCH * input_count) == 0);
      char *text = NULL;
      EXPECT(RESZOO_OK, reszoo_model_get_text(shared, RESZOO_TEXT_INSPECTION, &text, &message));
      reszoo_free(text);
      if (turn % 2 == 1) EXPECT(RESZOO_OK, reszoo_model_trim(shared, &message));
    }
    }
  }
  free_answers(set);
  free(features);
  free(input);
  return NULL;
}

// Uses the model until it is closed; what comes before is right.
static void *use_until_closed(void *argument) {
  (void)argument;
  answer_set set = answers_for(BATCH);
  const reszoo_images images = paths_list(paths, BATCH);
  reszoo_status status;
  do {
    char *message = NULL;
    status = classify(shared, &images, NULL, set, &message);
    reszoo_free(message);
    CHECK(status == RESZOO_OK || status == RESZOO_CLOSED);
    for (size_t image = 0; status == RESZOO_OK && image < BATCH; image++) CHECK(same_answer(set, image, reference, image));
  } while (status == RESZOO_OK);
  free_answers(set);
  return NULL;
}

static void run_threads(void *(*body)(void *), void (*meanwhile)(void)) {
  pthread_t threads[THREADS];
  for (intptr_t number = 0; number < THREADS; number++) pthread_create(&threads[number], NULL, body, (void *)number);
  if (meanwhile != NULL) meanwhile();
  for (int number = 0; number < THREADS; number++) pthread_join(threads[number], NULL);
}

static void close_soon(void) {
  usleep(50000);
  EXPECT(RESZOO_OK, reszoo_model_close(shared, &message));
  EXPECT(RESZOO_CLOSED, reszoo_model_close(shared, &message));
}

enum { MANY = 30000 };

static void *cancel_soon(void *cancellation) {
  usleep(100000);
  EXPECT(RESZOO_OK, reszoo_cancellation_cancel(cancellation, &message));
  return NULL;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void check_cancellation(void) {
  reszoo_model *model = open_model(model_path(), 2);
  reszoo_cancellation *cancellation = NULL;
  EXPECT(RESZOO_OK, reszoo_cancellation_create(&cancellation, &message));
  const char **many = paths_of(MANY);
  const reszoo_images images = paths_list(many, MANY);
  answer_set set = answers_for(MANY);
  pthread_t thread;
  pthread_create(&thread, NULL, cancel_soon, cancellation);
  const double start = seconds();
  EXPECT(RESZOO_CANCELLED, classify(model, &images, cancellation, set, &message));
  CHECK(seconds() - start < 5);
  pthread_join(thread, NULL);
  size_t done = 0;
  for (size_t image = 0; image < MANY; image++) {
    if (set.statuses[image] == RESZOO_IMAGE_OK) {
      done++;
      CHECK(same_answer(set, image, reference, image % IMAGES));
    } else {
      CHECK(set.statuses[image] == RESZOO_IMAGE_NOT_RUN);
      CHECK(set.indices[image * TOP] == -1 && set.probabilities[image * TOP] != set.probabilities[image * TOP]);
    }
  }
  CHECK(done > 0 && done < MANY);
  EXPECT(RESZOO_CANCELLED, classify(model, &images, cancellation, set, &message));
  EXPECT(RESZOO_OK, reszoo_cancellation_close(cancellation, &message));
  EXPECT(RESZOO_CLOSED, classify(model, &images, cancellation, set, &message));
  EXPECT(RESZOO_OK, reszoo_model_close(model, &message));
  free_answers(set);
  free(many);
}

int main(int count, char **arguments) {
  BEGIN(count, arguments);
  CHECK(threads_of_process() == 1);
  paths = paths_of(BATCH);
  shared = open_model(model_path(), 2);
  CHECK(threads_become(1));
  size_t shape[3], rank;
  EXPECT(RESZOO_OK, reszoo_model_get_node(shared, NULL, shape, &rank, &message));
  CHECK(rank == 1);
  feature_count = shape[0];
  reszoo_model_info info = {.struct_size = sizeof info};
  EXPECT(RESZOO_OK, reszoo_model_get_info(shared, &info, &message));
  input_count = info.channels * info.height * info.width;

  const reszoo_images images = paths_list(paths, BATCH);
  reference = answers_for(BATCH);
  reference_features = calloc(BATCH * feature_count, 4);
  reference_input = calloc(BATCH * input_count, 4);
  EXPECT(RESZOO_OK, classify(shared, &images, NULL, reference, &message));
  for (size_t image = 0; image < BATCH; image++) CHECK(reference.statuses[image] == RESZOO_IMAGE_OK);
  EXPECT(RESZOO_OK, reszoo_features(shared, NULL, &images, NULL, reference_features, BATCH * feature_count, NULL, &message));
  EXPECT(RESZOO_OK, reszoo_preprocess(shared, &images, NULL, reference_input, BATCH * input_count, NULL, &message));
  CHECK(threads_become(1));

  run_threads(use_model, NULL);
  CHECK(threads_become(1));
  run_threads(use_until_closed, close_soon);
  check_cancellation();
  END();
}
