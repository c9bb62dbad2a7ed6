// The layout of the C interface's structures, as programs in other languages rely on it.
#include "reszoo.h"

#define AT(type, member, position) _Static_assert(offsetof(type, member) == (position), #type "." #member)
#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)

#if UINTPTR_MAX == UINT64_MAX
AT(reszoo_options, precision, 24);
AT(reszoo_options, content_root, 40);
SIZE(reszoo_options, 72);
AT(reszoo_model_info, exclusive_classes, 64);
SIZE(reszoo_model_info, 80);
SIZE(reszoo_pixels, 56);
AT(reszoo_images, data, 24);
AT(reszoo_images, pixels, 88);
SIZE(reszoo_images, 96);
SIZE(reszoo_outcomes, 24);
SIZE(reszoo_answers, 40);
SIZE(reszoo_node, 40);
AT(reszoo_tensor, strides, 48);
SIZE(reszoo_tensor, 80);
AT(reszoo_tensor_info, rank, 272);
SIZE(reszoo_tensor_info, 352);
#endif
