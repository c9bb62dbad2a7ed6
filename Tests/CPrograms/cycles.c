// Opens, uses and closes a model many times over, and holds the memory of the process against what it was after the first tenth.
//
// usage: cycles REPOSITORY [TIMES]      TIMES is 10000
#include "check.h"

static long resident_kib(void) {
  long pages = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file != NULL && fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
  if (file != NULL) fclose(file);
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

int main(int count, char **arguments) {
  BEGIN(count, arguments);
  const long times = count > 2 ? atol(arguments[2]) : 10000;
  size_t size = 0;
  uint8_t *bytes = read_file(model_path(), &size);
  const char **paths = paths_of(IMAGES);
  const reszoo_images images = paths_list(paths, IMAGES);
  answer_set set = answers_for(IMAGES);
  long early = 0;
  for (long turn = 0; turn < times && failures == 0; turn++) {
    reszoo_model *model = NULL;
    const reszoo_options options = {.struct_size = sizeof options, .threads = 1 + (size_t)(turn % 2)};
    if (turn % 4 == 3) {
      EXPECT(RESZOO_OK, reszoo_model_open_bytes(bytes, size, &options, &model, &message));
    } else {
      EXPECT(RESZOO_OK, reszoo_model_open(model_path(), &options, &model, &message));
    }
    // Some of them run, some fail.
    if (turn % 10 == 0) EXPECT(RESZOO_OK, classify(model, &images, NULL, set, &message));
    if (turn % 10 == 5) EXPECT(RESZOO_NOT_FOUND, reszoo_model_copy_tensor(model, "nothing", NULL, 0, &message));
    EXPECT(RESZOO_OK, reszoo_model_close(model, &message));
    if (turn == times / 10) early = resident_kib();
  }
  const long late = resident_kib();
  printf("%ld times: %ld KiB after a tenth, %ld KiB at the end\n", times, early, late);
  // Allocators keep some; a leak of one model in a hundred would be more.
  CHECK(late < early + 8192);
  free(bytes);
  free(paths);
  free_answers(set);
  END();
}
