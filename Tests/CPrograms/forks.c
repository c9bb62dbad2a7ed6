// Children of fork use the library: before a model is opened, before and after its first run, and while other threads of the parent run,
// open and close models.
#include "check.h"

#include <signal.h>
#include <sys/wait.h>

enum { BATCH = 6, FORKS = 60, BUSY = 3 };

static answer_set reference;
static const char **paths;
static atomic_bool done;

static bool answers_well(const reszoo_model *model) {
  answer_set set = answers_for(BATCH);
  const reszoo_images images = paths_list(paths, BATCH);
  char *text = NULL;
  bool well = classify(model, &images, NULL, set, &text) == RESZOO_OK;
  if (!well) fprintf(stderr, "process %d: %s\n", getpid(), text);
  reszoo_free(text);
  // The first children run before their parent.
  for (size_t image = 0; well && image < BATCH; image++) {
    well = reference.statuses == NULL ? set.statuses[image] == RESZOO_IMAGE_OK : same_answer(set, image, reference, image);
  }
  for (size_t image = 0; !well && image < BATCH; image++) {
    fprintf(stderr, "process %d: image %zu: status %d, class %d\n", getpid(), image, set.statuses[image], set.indices[image * TOP]);
  }
  free_answers(set);
  return well;
}

// Runs the model in a child, which also opens and closes one of its own; 0 if all went well, the signal's number if it hung.
static int in_child(const reszoo_model *model) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(120);
    bool well = model == NULL || answers_well(model);
    reszoo_model *own = open_model(model_path(), 2);
    well = well && answers_well(own);
    well = well && reszoo_model_close(own, NULL) == RESZOO_OK && failures == 0;
    _exit(well ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
  if (code != 0) fprintf(stderr, "child %d: %d\n", child, code);
  return code;
}

static void *run_on(void *model) {
  while (!done) CHECK(answers_well(model));
  return NULL;
}

static void *open_on(void *unused) {
  (void)unused;
  while (!done) {
    reszoo_model *model = open_model(model_path(), 2);
    EXPECT(RESZOO_OK, reszoo_model_close(model, &message));
  }
  return NULL;
}

int main(int count, char **arguments) {
  BEGIN(count, arguments);
  paths = paths_of(BATCH);
  CHECK(in_child(NULL) == 0);
  reszoo_model *model = open_model(model_path(), 2);
  CHECK(in_child(model) == 0);
  answer_set first = answers_for(BATCH);
  const reszoo_images images = paths_list(paths, BATCH);
  EXPECT(RESZOO_OK, classify(model, &images, NULL, first, &message));
  reference = first;
  CHECK(in_child(model) == 0);
  CHECK(answers_well(model));

  // With the thread sanitizer Swift's runtime takes the locks of what it does once also after it is done, so that a child could find them held by
  // a thread that it does not have. The parent rests then.
  const int busy = HAS_THREAD_SANITIZER ? 0 : BUSY + 1;
  pthread_t threads[BUSY + 1];
  for (int number = 0; number < busy; number++) {
    pthread_create(&threads[number], NULL, number < BUSY ? run_on : open_on, number < BUSY ? model : NULL);
  }
  for (int turn = 0; turn < FORKS && failures == 0; turn++) {
    usleep(1000 * (unsigned)(turn % 7));
    const int status = in_child(model);
    if (status != 0) fprintf(stderr, "fork %d: %d\n", turn, status);
    CHECK(status == 0);
  }
  done = true;
  for (int number = 0; number < busy; number++) pthread_join(threads[number], NULL);
  EXPECT(RESZOO_OK, reszoo_model_close(model, &message));
  free_answers(first);
  END();
}
