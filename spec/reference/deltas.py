"""§11 of FORMAT.md: what a delta says of its base, and the model that both make."""

import struct

from basics import Fields, check_order, read_name, require

TENSOR_LIMIT, MERGED_LIMIT = 32_768, 1 << 43

class Base:
    def __init__(self, data, at, header, tensors):
        fields = Fields(data, "B3 badBase", "B6 badBase", at)
        self.root, self.count, dropped, self.length = struct.unpack("<32sIIQ", fields.take(48))
        within = max(self.count, dropped) <= TENSOR_LIMIT and self.length <= MERGED_LIMIT
        require(within, "B4 badBase", at, "a number above its limit")
        self.dropped = [read_name(fields, "B5", at) for _ in range(dropped)]
        fields.end()
        require(self.root != header.content_root, "B7 badBase", at, "its own base")
        enough = self.count >= len(tensors) and self.length >= sum(tensor.length for tensor in tensors)
        require(enough, "B8 badBase", at, "more is stored than the merged model has")
        stored, before = {tensor.name for tensor in tensors}, b""
        for name in self.dropped:
            require(name not in stored, "B9 badBase", at, f"{name!r} is stored and dropped")
            check_order(before, name, ("B10", "B11"), at)
            before = name

    def merge(self, base, tensors):
        """The merged model, §11.2: `base` are B's tensors, `tensors` those that the delta stores."""
        model = {tensor.name: tensor for tensor in base}
        for name in self.dropped:
            require(model.pop(name, None), "F6 baseMismatch", None, f"the base has no {name!r}")
        model.update((tensor.name, tensor) for tensor in tensors)
        found = len(model), sum(tensor.length for tensor in model.values())
        require(found == (self.count, self.length), "F7 baseMismatch", None, f"the merged model has {found}")
        return [model[name] for name in sorted(model)]
