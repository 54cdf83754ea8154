#include "codec.hpp"

#include <deque>
#include <vector>

#include <nanobind/stl/string.h>

#include <aiokpl/aggregation.hpp>
#include <aiokpl/hash_key.hpp>

#include "record_list.hpp"

namespace aiokpl::python {

namespace {

nb::object integer(HashKey key) {
  return nb::steal(checked(PyLong_FromString(key.to_decimal().c_str(), nullptr, 10)).release());
}

nb::bytes bytes_of(std::span<const std::byte> bytes) {
  return nb::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

PyObject* tag_class = nullptr;
PyObject* decoded_record_class = nullptr;
PyObject* codec_user_record_class = nullptr;

nb::object optional_text(const std::optional<std::string>& text) {
  return text ? nb::object(nb::str(text->data(), text->size())) : nb::object(nb::none());
}

nb::object decoded(const DecodedRecord& record) {
  nb::list tags;
  for (const OwnedTag& tag : record.tags)
    tags.append(nb::handle(tag_class)(nb::str(tag.key.data(), tag.key.size()), optional_text(tag.value)));
  return nb::handle(decoded_record_class)(nb::str(record.partition_key.data(), record.partition_key.size()),
                                          optional_text(record.explicit_hash_key), bytes_of(record.data),
                                          nb::tuple(tags));
}

}  // namespace

void set_codec_classes(nb::object user_record, nb::object tag, nb::object decoded_record) {
  codec_user_record_class = user_record.release().ptr();
  tag_class = tag.release().ptr();
  decoded_record_class = decoded_record.release().ptr();
}

void bind_codec(nb::module_& module) {
  module.def(
      "encode_aggregated",
      [](nb::handle records) {
        const RecordList list{nullptr, records.ptr(), codec_user_record_class};
        return bytes_of(encode_aggregated(list.records()));
      },
      nb::arg("records"),
      "Packs user records into one aggregate in the KPL's format. All of them must belong to one shard, or consumers "
      "drop it.");
  module.def(
      "decode_aggregated",
      [](nb::handle payload) {
        const Bytes bytes{payload.ptr(), "payload"};
        nb::list records;
        for (const DecodedRecord& record : decode_aggregated(bytes.view()))
          records.append(decoded(record));
        return records;
      },
      nb::arg("payload"),
      "Unpacks an aggregate into its DecodedRecords. ValueError for a payload that is none, or a broken one.");
  module.def(
      "is_aggregated", [](nb::handle payload) { return is_aggregated(Bytes{payload.ptr(), "payload"}.view()); },
      nb::arg("payload"),
      "Whether the payload is an aggregate in the KPL's format: it has the magic and the right MD5.");
  module.def(
      "md5_hash_key", [](nb::handle key) { return integer(md5_hash_key(text_of(key.ptr(), "partition_key"))); },
      nb::arg("partition_key"), "The number by which Kinesis places a record with this partition key.");
  module.def(
      "parse_explicit_hash_key",
      [](nb::handle text) {
        const std::string_view digits = text_of(text.ptr(), "explicit_hash_key");
        if (const auto key = HashKey::from_decimal(digits)) return integer(*key);
        PyErr_Format(PyExc_ValueError, "explicit_hash_key: must be a decimal number from 0 to 2**128 - 1, got %R",
                     text.ptr());
        throw PythonErrorSet{};
      },
      nb::arg("s"), "Reads an explicit hash key: a decimal number from 0 to 2**128 - 1.");
}

}  // namespace aiokpl::python
