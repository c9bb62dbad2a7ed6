// Names the likeliest classes of image files.
//
// usage: classify MODEL IMAGE...
#include <reszoo.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOP = 2 };

int main(int count, char **arguments) {
  if (count < 3) return fprintf(stderr, "usage: %s MODEL IMAGE...\n", arguments[0]), 64;
  if (reszoo_abi_version() < RESZOO_ABI_VERSION) return fprintf(stderr, "libreszoo is too old\n"), 70;

  char *message = NULL;
  reszoo_model *model = NULL;
  if (reszoo_model_open(arguments[1], NULL, &model, &message) != RESZOO_OK) {
    fprintf(stderr, "%s\n", message);
    reszoo_free(message);
    return 66;
  }

  const size_t images = (size_t)count - 2;
  int32_t *indices = calloc(images * TOP, sizeof *indices), *statuses = calloc(images, sizeof *statuses);
  double *probabilities = calloc(images * TOP, sizeof *probabilities);
  char **messages = calloc(images, sizeof *messages);
  const reszoo_images list = {
    .struct_size = sizeof list, .kind = RESZOO_IMAGES_PATHS, .count = images, .paths = (const char *const *)arguments + 2};
  reszoo_answers answers = {
    .struct_size = sizeof answers, .top = TOP, .indices = indices, .probabilities = probabilities};
  reszoo_outcomes outcomes = {.struct_size = sizeof outcomes, .statuses = statuses, .messages = messages};
  if (reszoo_classify(model, &list, NULL, &answers, &outcomes, &message) != RESZOO_OK) {
    fprintf(stderr, "%s\n", message);
    reszoo_free(message);
  }

  for (size_t image = 0; image < images; image++) {
    printf("%s\n", list.paths[image]);
    if (statuses[image] != RESZOO_IMAGE_OK) printf("  error: %s\n", messages[image]);
    for (size_t place = image * TOP; place < (image + 1) * TOP && indices[place] >= 0; place++) {
      char *label = NULL;
      reszoo_model_get_label(model, (size_t)indices[place], &label, NULL);
      printf("  %7.2f %%  %s\n", 100 * probabilities[place], label != NULL ? label : "?");
      reszoo_free(label);
    }
    reszoo_free(messages[image]);
  }
  free(indices);
  free(statuses);
  free(probabilities);
  free(messages);
  reszoo_model_close(model, NULL);
  return 0;
}
