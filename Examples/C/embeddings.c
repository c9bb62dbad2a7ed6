// Says how alike two images are to a network: the cosine between their embeddings.
//
// usage: embeddings MODEL IMAGE IMAGE
#include <math.h>
#include <reszoo.h>
#include <stdio.h>
#include <stdlib.h>

// Ends the program with the message of a call that failed.
static void require(reszoo_status status, char *message) {
  if (status == RESZOO_OK) return;
  fprintf(stderr, "%s\n", message != NULL ? message : "failed");
  exit(1);
}

int main(int count, char **arguments) {
  if (count != 4) return fprintf(stderr, "usage: %s MODEL IMAGE IMAGE\n", arguments[0]), 64;
  char *message = NULL;
  reszoo_model *model = NULL;
  require(reszoo_model_open(arguments[1], NULL, &model, &message), message);
  size_t shape[3], rank;
  require(reszoo_model_get_node(model, NULL, shape, &rank, &message), message);

  const size_t length = shape[0];
  float *embeddings = calloc(2 * length, sizeof *embeddings);
  int32_t statuses[2];
  const reszoo_images list = {
    .struct_size = sizeof list, .kind = RESZOO_IMAGES_PATHS, .count = 2, .paths = (const char *const *)arguments + 2};
  reszoo_outcomes outcomes = {.struct_size = sizeof outcomes, .statuses = statuses};
  require(reszoo_features(model, NULL, &list, NULL, embeddings, 2 * length, &outcomes, &message), message);
  for (int image = 0; image < 2; image++) {
    if (statuses[image] != RESZOO_IMAGE_OK) return fprintf(stderr, "%s: cannot be read\n", list.paths[image]), 65;
  }

  double product = 0, first = 0, second = 0;
  for (size_t index = 0; index < length; index++) {
    const double a = embeddings[index], b = embeddings[length + index];
    product += a * b;
    first += a * a;
    second += b * b;
  }
  printf("%.4f\n", product / sqrt(first * second));
  free(embeddings);
  reszoo_model_close(model, NULL);
  return 0;
}
