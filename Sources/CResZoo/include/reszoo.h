// The C interface of ResZoo: classifies images and runs residual networks on a CPU. docs/c-interface.md explains it with examples.
//
// In general
//
// - Every function but reszoo_abi_version, reszoo_version, reszoo_default_threads and reszoo_free returns a reszoo_status: RESZOO_OK, or why nothing was done.
//   What went wrong comes as a text through the last parameter, `message`, which may be NULL. `*message` is set to NULL on success.
// - A `char *` that comes out of a function belongs to the caller, who gives it back with reszoo_free. It is UTF-8, ended by NUL.
// - Memory that goes in (`const`) is only read, and only until the function returns. It may be read-only, and shared by threads.
// - Memory that is filled belongs to the caller. Nothing is written behind the sizes that are given. Two calls at a time must not
//   fill the same memory.
// - A handle (reszoo_model, reszoo_cancellation) is an opaque value, no address: it is not to be dereferenced, and it is never used
//   again for another object. A handle that was closed is RESZOO_CLOSED wherever it is used.
// - Every function may be called from any thread at any time, also with the same handle. A model's results do not depend on that,
//   nor on the number of threads, the batch, or the other images: they are the same bits, and the same as `reszoo classify` has.
// - Structures begin with their own size: set `struct_size` to `sizeof` the structure, and what is not used to 0. Later versions
//   append members.
// - Nothing here ends the process, handles a signal, prints, or changes the locale, the environment or the folder.
// - Only calls that open, run, preprocess or copy tensors start threads, which end with them: before the first call and between calls
//   there are none. A child of fork uses the models of its parent as if it had opened them, also when the fork happened while another
//   thread was within a call; the parent's calls go on in the parent alone. docs/c-interface.md has the one exception. Children of
//   vfork must not call anything here.
// - Texts, counts and codes from files are checked; sizes and strides of memory can be checked against each other alone, and must be
//   true of the memory.
#ifndef RESZOO_H
#define RESZOO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The version of this interface. A library with the same number has all that this header declares.
#define RESZOO_ABI_VERSION 1

// Why a call did nothing.
typedef int32_t reszoo_status;

enum {
  RESZOO_OK = 0,
  // A pointer is NULL that must not be, a number is out of its range, sizes or offsets contradict each other.
  RESZOO_INVALID_ARGUMENT = 1,
  // The handle was closed, or never was one.
  RESZOO_CLOSED = 2,
  // There is no such file, cached model, node, tensor or class.
  RESZOO_NOT_FOUND = 3,
  // The system does not let the file be read.
  RESZOO_UNREADABLE = 4,
  // The file is no checkpoint, or a damaged one.
  RESZOO_DAMAGED = 5,
  // The file holds another model than the content root that was asked for, or changed since it was opened.
  RESZOO_CHANGED = 6,
  // The file is not signed by the key that was asked for.
  RESZOO_NOT_SIGNED = 7,
  // The base of a delta is missing, or is another one.
  RESZOO_NO_BASE = 8,
  // The network does not do this: it has no classes, or takes no images of this size or shape.
  RESZOO_UNSUPPORTED = 9,
  // The memory that is to be filled is too small.
  RESZOO_TOO_SMALL = 10,
  // There is not enough memory.
  RESZOO_NO_MEMORY = 11,
  // The cancellation was used. What was filled until then is complete; see reszoo_answers.
  RESZOO_CANCELLED = 12,
  // An error of another kind, which the message says.
  RESZOO_FAILED = 13,
};

// Why an image has no result, in the arrays `statuses`.
enum {
  RESZOO_IMAGE_OK = 0,
  // No bytes were given: the array says that there is no value, or the pointer is NULL.
  RESZOO_IMAGE_MISSING = 1,
  // The call was cancelled or failed before it came to this image.
  RESZOO_IMAGE_NOT_RUN = 2,
  // There is no such file.
  RESZOO_IMAGE_NOT_FOUND = 3,
  // The file may not be read.
  RESZOO_IMAGE_NO_PERMISSION = 4,
  // The path names a folder, a pipe or a device.
  RESZOO_IMAGE_NOT_A_FILE = 5,
  // The system could not read the file.
  RESZOO_IMAGE_UNREADABLE = 6,
  // There are 0 bytes.
  RESZOO_IMAGE_EMPTY = 7,
  // The bytes are of no image format that is known.
  RESZOO_IMAGE_NOT_AN_IMAGE = 8,
  // The bytes are of a format that is known by name but not read.
  RESZOO_IMAGE_OTHER_FORMAT = 9,
  // The format is read, but not this kind of it.
  RESZOO_IMAGE_UNSUPPORTED_KIND = 10,
  // The system library that decodes the format is not installed.
  RESZOO_IMAGE_MISSING_LIBRARY = 11,
  // The bytes end before the image does.
  RESZOO_IMAGE_TRUNCATED = 12,
  // The bytes contradict the format or their checksums.
  RESZOO_IMAGE_CORRUPT = 13,
  // A side is 0, or there are too many pixels: more than 65,535 a side or 179 megapixels.
  RESZOO_IMAGE_DIMENSIONS = 14,
  // There are more bytes than an image may have: 512 MiB.
  RESZOO_IMAGE_TOO_LARGE = 15,
  // There is not enough memory for the image.
  RESZOO_IMAGE_NO_MEMORY = 16,
  // The network's answer is infinite or not a number.
  RESZOO_IMAGE_NOT_FINITE = 17,
  // Strides, channels or pointers of decoded pixels make no image.
  RESZOO_IMAGE_BAD_PIXELS = 18,
  // Another reason, which the message says.
  RESZOO_IMAGE_FAILED = 19,
};

// The interface's version of the library that runs, to be compared with RESZOO_ABI_VERSION.
int32_t reszoo_abi_version(void);

// The library's version, such as "0.1.0". It lives as long as the library.
const char *reszoo_version(void);

// The number of threads that a model opened now with `threads` 0 would use: RESZOO_NUM_THREADS, else OMP_NUM_THREADS (its first number),
// else the processors that this process may run on, or fewer where a control group limits its processor time (the quota, rounded up).
size_t reszoo_default_threads(void);

// Gives back a text that a function of this interface returned. NULL is allowed.
void reszoo_free(void *text);

// ---- Cancellation

// Something that any thread may use to end calls early. One may serve several calls.
typedef struct reszoo_cancellation reszoo_cancellation;

// Makes a cancellation, to be given back with reszoo_cancellation_close.
reszoo_status reszoo_cancellation_create(reszoo_cancellation **cancellation, char **message);

// Makes all calls that were given the cancellation return RESZOO_CANCELLED soon: before each of their threads begins its next batch.
// Later calls return it at once.
reszoo_status reszoo_cancellation_cancel(reszoo_cancellation *cancellation, char **message);

// Gives a cancellation back. Calls that were given it go on. NULL is allowed.
reszoo_status reszoo_cancellation_close(reszoo_cancellation *cancellation, char **message);

// ---- Models

// A model that is open, ready to run.
typedef struct reszoo_model reszoo_model;

enum {
  // Fast convolutions in single precision, as the command's default.
  RESZOO_PRECISION_DEFAULT = 0,
  // Convolutions that sum in double precision, as --exact: closest to the network's mathematics, and several times slower.
  RESZOO_PRECISION_EXACT = 1,
  // Products of bfloat16 numbers, as --precision bf16: less exact, and faster where the processor has instructions for them.
  RESZOO_PRECISION_BF16 = 2,
  // RESZOO_PRECISION_BF16 where the processor has them, else RESZOO_PRECISION_DEFAULT: a result then depends on the machine.
  RESZOO_PRECISION_AUTO = 3,
};

enum {
  // Many images in little time.
  RESZOO_GOAL_THROUGHPUT = 0,
  // One image in little time.
  RESZOO_GOAL_LATENCY = 1,
};

// The way in which a model is opened and runs. Only precision, goal and ignore_exif change a result.
typedef struct reszoo_options {
  size_t struct_size;
  // Processors that each call uses, up to 256; 0 for reszoo_default_threads.
  size_t threads;
  // The most images that go through the network together on each processor, up to 1,024; 0 for 8.
  size_t batch;
  // RESZOO_PRECISION_…
  int32_t precision;
  // RESZOO_GOAL_…
  int32_t goal;
  // 1 if the orientation that EXIF records is ignored, whatever the model says.
  int32_t ignore_exif;
  // 1 if the weights, made ready to run, lie in files of the user's cache that processes map, so that the machine holds them once for all
  // that open the model with this option. 0 for memory of this process (and of its children).
  int32_t share_weights;
  // The content root that the model must have, 64 hexadecimal digits; NULL for any. RESZOO_CHANGED else.
  const char *content_root;
  // The Ed25519 key that must have signed the file: the text of a PEM file, or 64 hexadecimal digits; NULL for none.
  const char *public_key;
  // Files in which the base of a delta is looked for. When there are any, one of them must be it.
  const char *const *bases;
  size_t base_count;
} reszoo_options;

// Opens a checkpoint: every checksum is verified, and the network prepared to run.
//
// - path: a file, or, where there is none of this name, the name of a model in the cache of `reszoo pull`.
// - options: NULL for the defaults.
// - model: gets the handle, to be closed with reszoo_model_close; NULL on failure.
//
// The file stays open: one that is replaced by renaming changes nothing here, one that is changed in place is noticed when more of it
// is needed, as RESZOO_CHANGED or RESZOO_DAMAGED. Takes time and memory in proportion to the weights.
reszoo_status reszoo_model_open(const char *path, const reszoo_options *options, reszoo_model **model, char **message);

// Opens the bytes of a checkpoint, which are copied; else as reszoo_model_open. The bases of a delta are looked for among those that are
// named, here and in the cache.
reszoo_status reszoo_model_open_bytes(const void *bytes, size_t size, const reszoo_options *options, reszoo_model **model,
                                      char **message);

// Closes a model. Calls of other threads that have begun go on and are right; the memory is given back at the end of the last. NULL is
// allowed.
reszoo_status reszoo_model_close(reszoo_model *model, char **message);

// Facts about a model.
typedef struct reszoo_model_info {
  size_t struct_size;
  // The extents of an image as the network takes it.
  size_t channels, height, width;
  // The number of classes; 0 for a network without a head.
  size_t classes;
  // The number of trainable parameters.
  size_t parameters;
  // The number of tensors, for reszoo_tensor_info_at.
  size_t tensors;
  // The threads that each call uses.
  size_t threads;
  // 1 if the classes exclude each other, and probabilities are a softmax; 0 if each is answered for itself, by a sigmoid.
  int32_t exclusive_classes;
  // 1 if the classes have labels.
  int32_t has_labels;
  // 1 if weights that the answer depends on are random: the network, or its head, is untrained.
  int32_t untrained;
  // 0.
  int32_t reserved;
} reszoo_model_info;

// Fills in the facts. `info->struct_size` must be set. O(1).
reszoo_status reszoo_model_get_info(const reszoo_model *model, reszoo_model_info *info, char **message);

enum {
  // All that `reszoo inspect --json --tensors` prints, as JSON.
  RESZOO_TEXT_INSPECTION = 1,
  // The architecture as one line of JSON, as the file has it (spec/NETWORK.md).
  RESZOO_TEXT_ARCHITECTURE = 2,
  // Labels, preprocessing, origin, metrics and so on as one line of JSON.
  RESZOO_TEXT_METADATA = 3,
  // The labels as a JSON array of strings, or `null`.
  RESZOO_TEXT_LABELS = 4,
  // The content root: 64 hexadecimal digits, which say what all tensors are.
  RESZOO_TEXT_CONTENT_ROOT = 5,
  // The paths of the network's nodes as a JSON array, in the order in which they are computed.
  RESZOO_TEXT_NODES = 6,
};

// Gives a text about a model: one of RESZOO_TEXT_….
reszoo_status reszoo_model_get_text(const reszoo_model *model, int32_t which, char **text, char **message);

// Gives the label of a class; NULL in `*label` where the model has no labels. RESZOO_NOT_FOUND for a class that it does not have.
reszoo_status reszoo_model_get_label(const reszoo_model *model, size_t index, char **label, char **message);

// ---- Images

// An image that is decoded already. The sample of channel c at row y and column x is data[y · row_stride + x · column_stride + c ·
// channel_stride]; strides are in bytes and may be negative. It gives the bits that the same pixels in a PNG file give.
typedef struct reszoo_pixels {
  const uint8_t *data;
  size_t height, width;
  // 3 for red, green and blue, 1 for grey.
  size_t channels;
  ptrdiff_t row_stride, column_stride, channel_stride;
} reszoo_pixels;

enum {
  // Encoded images in Arrow's layout of `binary`: `data`, `data_size`, int32 `offsets`, `validity`.
  RESZOO_IMAGES_BINARY = 1,
  // The same in the layout of `large_binary`: int64 offsets.
  RESZOO_IMAGES_LARGE_BINARY = 2,
  // Encoded images, each with its pointer and size: `buffers`, `sizes`.
  RESZOO_IMAGES_BUFFERS = 3,
  // Image files: `paths`.
  RESZOO_IMAGES_PATHS = 4,
  // Decoded images: `pixels`.
  RESZOO_IMAGES_PIXELS = 5,
};

// A list of images. Only the members of its kind are looked at. Encoded images are JPEG, PNG, WebP, GIF, BMP, TIFF, PNM, AVIF or HEIC,
// told by their bytes.
typedef struct reszoo_images {
  size_t struct_size;
  // RESZOO_IMAGES_…
  int32_t kind;
  // 0.
  int32_t reserved;
  // The number of images; with 0 no pointer is looked at.
  size_t count;
  // The bytes of all images, and how many there are. May be NULL if there are none.
  const uint8_t *data;
  size_t data_size;
  // count + 1 numbers: image i is data[offsets[i] …< offsets[i + 1]]. They must not fall, and end within the data. For an array that is a
  // slice, point to the first offset of the slice.
  const void *offsets;
  // A bit for each image, from bit `validity_offset` on, the least significant of a byte first: 0 says that there is none. NULL if all are
  // there.
  const uint8_t *validity;
  size_t validity_offset;
  // `count` pointers and sizes. A NULL pointer is an image that is missing.
  const void *const *buffers;
  const size_t *sizes;
  // `count` paths. A NULL pointer is an image that is missing.
  const char *const *paths;
  // `count` images.
  const reszoo_pixels *pixels;
} reszoo_images;

// What became of each image. Each array has a place for each image, in their order, and may be NULL if it is not wanted.
typedef struct reszoo_outcomes {
  size_t struct_size;
  // RESZOO_IMAGE_…
  int32_t *statuses;
  // For an image without a result why, and for one with a result a warning if it is damaged and was decoded all the same; else NULL. Each text
  // belongs to the caller, who gives it back with reszoo_free, also where the call failed with RESZOO_CANCELLED or another status:
  // every place is set as soon as the arguments were found sound, and before that all are left as they were.
  char **messages;
} reszoo_outcomes;

// The memory for the classes of images. Row i of each array is image i's, `top` places long: its likeliest classes, the likeliest first,
// equal ones in their order. Where an image has no result, or fewer classes than places, index is -1, probability and logit NaN.
// Each array may be NULL if it is not wanted.
typedef struct reszoo_answers {
  size_t struct_size;
  // Places of each row; at least 1.
  size_t top;
  // int32 [count][top].
  int32_t *indices;
  // double [count][top]: by softmax over all classes or by sigmoid, in double precision as the command prints them.
  double *probabilities;
  // float [count][top]: the network's outputs.
  float *logits;
} reszoo_answers;

// Classifies images. Images that have no result do not fail the call, and change no other's.
//
// - cancellation: NULL for none.
// - outcomes: may be NULL.
//
// After RESZOO_CANCELLED, images that have RESZOO_IMAGE_OK have right and complete answers, those not begun RESZOO_IMAGE_NOT_RUN.
// Memory does not grow with the number of images. No image is copied but to be decoded.
reszoo_status reszoo_classify(const reszoo_model *model, const reszoo_images *images, reszoo_cancellation *cancellation,
                              reszoo_answers *answers, reszoo_outcomes *outcomes, char **message);

// Writes what the network would see of each image: float32 [count][channels][height][width], after resizing, cropping and
// normalisation. Images without a result get NaN.
//
// - output_size: floats that `output` has room for; at least count · channels · height · width.
reszoo_status reszoo_preprocess(const reszoo_model *model, const reszoo_images *images, reszoo_cancellation *cancellation,
                                float *output, size_t output_size, reszoo_outcomes *outcomes, char **message);

// ---- Outputs of nodes

// A place in the network whose output is wanted.
typedef struct reszoo_node {
  size_t struct_size;
  // The path of a node, of a block ("layer3.5", for its output) or of a stage ("layer3"); NULL for the embedding: the pooled features in
  // front of the head. "fc", or what the last of RESZOO_TEXT_NODES is, are the logits.
  const char *path;
  // 1 to get the mean of each channel over height and width in place of the map.
  int32_t pooled;
  // 0.
  int32_t reserved;
  // For reszoo_model_get_node, the size of the images that its answer is for; both 0 for the size that preprocessing gives. 0 elsewhere.
  size_t height, width;
} reszoo_node;

// Gives the extents of a node's output for an image of the size that `node` says: `shape` gets [channels, height, width], and `*rank` 3, or
// [channels, 1, 1] and 1 where there is no map (the embedding, the head, all that is pooled).
//
// - node: NULL for the embedding.
reszoo_status reszoo_model_get_node(const reszoo_model *model, const reszoo_node *node, size_t shape[3], size_t *rank,
                                    char **message);

// Computes the output of a node for images: float32 [count][channels][height][width], or [count][channels]. Images without a result get
// NaN.
//
// - node: NULL for the embedding.
// - output_size: floats that `output` has room for; at least `count` times the extents that reszoo_model_get_node gives.
//
// The first call for a node prepares the network up to there, from the file again; the last few are kept.
reszoo_status reszoo_features(const reszoo_model *model, const reszoo_node *node, const reszoo_images *images,
                              reszoo_cancellation *cancellation, float *output, size_t output_size,
                              reszoo_outcomes *outcomes, char **message);

// ---- Tensors

// A batch that is preprocessed already: float32 [images][channels][height][width] in memory.
typedef struct reszoo_tensor {
  size_t struct_size;
  // Aligned to 4 bytes; element (i, c, y, x) is at data + i · strides[0] + c · strides[1] + y · strides[2] + x · strides[3] bytes.
  const float *data;
  size_t images, channels, height, width;
  // Multiples of 4, may be 0 or negative. All four 0 stand for a contiguous array.
  ptrdiff_t strides[4];
} reszoo_tensor;

// Runs the network on a batch: float32 [images][classes], the logits, go to `output`; bit for bit as `reszoo run`.
//
// - input: of the model's channels; of any height and width that the network takes.
// - node: the output that is wanted in place of the logits; NULL for the logits. Here, `node->path` NULL is the embedding, and
//   the extents are those that reszoo_model_get_node gives for the input's height and width.
// - output_size: floats that `output` has room for.
// - required: gets the floats that are needed, also with RESZOO_TOO_SMALL; may be NULL. With `output` NULL nothing is computed and the
//   status is RESZOO_OK.
//
// The first call with another size or node prepares the network for it, from the file again; the last few are kept.
reszoo_status reszoo_run(const reszoo_model *model, const reszoo_tensor *input, const reszoo_node *node,
                         reszoo_cancellation *cancellation, float *output, size_t output_size, size_t *required, char **message);

// Facts about a tensor of the model.
typedef struct reszoo_tensor_info {
  size_t struct_size;
  // UTF-8, ended by NUL, such as "layer4.0.conv1.weight".
  char name[256];
  // The type in the file: "f32", "f16", "bf16", "f64", "i8" or "i64".
  char type[8];
  size_t rank;
  // The first `rank` are set.
  size_t shape[8];
  // The product of the extents.
  size_t elements;
} reszoo_tensor_info;

// Fills in the facts about tensor `index`, in ascending order of their names. `info->struct_size` must be set. RESZOO_NOT_FOUND for one that
// the model does not have.
reszoo_status reszoo_model_get_tensor(const reszoo_model *model, size_t index, reszoo_tensor_info *info, char **message);

// Copies a tensor's elements as float32, row by row: exact for f32, f16 and bf16, integer times scale for i8, to nearest for f64 and i64.
//
// - output_size: floats that `output` has room for; at least the tensor's elements.
//
// The first call reads all tensors from the file again and compares them with the content root; they are kept for the next ones until
// reszoo_model_trim.
reszoo_status reszoo_model_copy_tensor(const reszoo_model *model, const char *name, float *output, size_t output_size,
                                       char **message);

// Gives back what calls keep for the next ones: tensors, and the network prepared for nodes and for other sizes.
reszoo_status reszoo_model_trim(const reszoo_model *model, char **message);

#ifdef __cplusplus
}
#endif

#endif
