#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Reads what the sink writes, by the field numbers as OpenTelemetry publishes them; anything that it does not know is
/// an error. tests/peers reads the same with OpenTelemetry's own classes.
namespace aiokpl::test {

struct OtlpField {
  std::uint64_t number = 0;
  std::uint64_t value = 0;  // of a varint or a fixed64
  std::string_view bytes;   // of a length-delimited one

  [[nodiscard]] double number_value() const { return std::bit_cast<double>(value); }
};

inline std::uint64_t read_varint(std::string_view& message) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (message.empty()) throw std::runtime_error{"truncated"};
    const auto byte = static_cast<unsigned char>(message.front());
    message.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
}

inline std::uint64_t read_fixed64(std::string_view& message) {
  if (message.size() < 8) throw std::runtime_error{"truncated"};
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(message[i])} << (8 * i);
  message.remove_prefix(8);
  return value;
}

inline std::vector<OtlpField> otlp_fields(std::string_view message) {
  std::vector<OtlpField> fields;
  while (!message.empty()) {
    const std::uint64_t key = read_varint(message);
    OtlpField field{.number = key >> 3};
    if ((key & 7) == 0) {
      field.value = read_varint(message);
    } else if ((key & 7) == 1) {
      field.value = read_fixed64(message);
    } else if ((key & 7) == 2) {
      const std::uint64_t size = read_varint(message);
      if (size > message.size()) throw std::runtime_error{"truncated"};
      field.bytes = message.substr(0, size);
      message.remove_prefix(size);
    } else {
      throw std::runtime_error{"a wire type that the sink does not write"};
    }
    fields.push_back(field);
  }
  return fields;
}

using OtlpAttributes = std::map<std::string, std::string>;

struct OtlpPoint {
  OtlpAttributes attributes;
  std::uint64_t start = 0;
  std::uint64_t time = 0;
  std::optional<std::int64_t> as_int;
  std::optional<double> as_double;
  std::uint64_t count = 0;
  double sum = 0;
  double min = 0;
  double max = 0;
  std::vector<std::uint64_t> bucket_counts;
  std::vector<double> bounds;
};

struct OtlpMetric {
  std::string name;
  std::string description;
  std::string unit;
  std::uint64_t type = 0;  // 5 gauge, 7 sum, 9 histogram
  std::uint64_t temporality = 0;
  bool monotonic = false;
  std::vector<OtlpPoint> points;

  /// The only point with this value of a dimension; throws when there is another number of them.
  [[nodiscard]] const OtlpPoint& point(const std::string& dimension, const std::string& value) const {
    const OtlpPoint* found = nullptr;
    for (const OtlpPoint& one : points) {
      const auto at = one.attributes.find(dimension);
      if (at == one.attributes.end() || at->second != value) continue;
      if (found != nullptr) throw std::runtime_error{"more than one point"};
      found = &one;
    }
    if (found == nullptr) throw std::runtime_error{"no such point"};
    return *found;
  }
};

struct OtlpRequest {
  OtlpAttributes resource;
  std::string scope_name;
  std::string scope_version;
  std::vector<OtlpMetric> metrics;

  [[nodiscard]] const OtlpMetric& metric(const std::string& name) const {
    for (const OtlpMetric& one : metrics) {
      if (one.name == name) return one;
    }
    throw std::runtime_error{"no metric " + name};
  }
};

inline void read_attribute(std::string_view message, OtlpAttributes& attributes) {
  std::string name;
  for (const OtlpField& field : otlp_fields(message)) {
    if (field.number == 1) name = field.bytes;
    if (field.number == 2) attributes[name] = otlp_fields(field.bytes).at(0).bytes;
  }
}

inline void read_histogram_field(const OtlpField& field, OtlpPoint& point) {
  std::string_view packed = field.bytes;
  switch (field.number) {
    case 4:
      point.count = field.value;
      break;
    case 5:
      point.sum = field.number_value();
      break;
    case 6:
      while (!packed.empty())
        point.bucket_counts.push_back(read_fixed64(packed));
      break;
    case 7:
      while (!packed.empty())
        point.bounds.push_back(std::bit_cast<double>(read_fixed64(packed)));
      break;
    case 9:
      read_attribute(field.bytes, point.attributes);
      break;
    case 11:
      point.min = field.number_value();
      break;
    case 12:
      point.max = field.number_value();
      break;
    default:
      throw std::runtime_error{"an unknown field of a histogram's point"};
  }
}

inline void read_number_field(const OtlpField& field, OtlpPoint& point) {
  switch (field.number) {
    case 4:
      point.as_double = field.number_value();
      break;
    case 6:
      point.as_int = static_cast<std::int64_t>(field.value);
      break;
    case 7:
      read_attribute(field.bytes, point.attributes);
      break;
    default:
      throw std::runtime_error{"an unknown field of a number's point"};
  }
}

inline void read_data(std::string_view message, OtlpMetric& metric) {
  for (const OtlpField& field : otlp_fields(message)) {
    if (field.number == 2) metric.temporality = field.value;
    if (field.number == 3) metric.monotonic = field.value != 0;
    if (field.number != 1) continue;
    OtlpPoint& point = metric.points.emplace_back();
    for (const OtlpField& inner : otlp_fields(field.bytes)) {
      if (inner.number == 2) {
        point.start = inner.value;
      } else if (inner.number == 3) {
        point.time = inner.value;
      } else if (metric.type == 9) {
        read_histogram_field(inner, point);
      } else {
        read_number_field(inner, point);
      }
    }
  }
}

inline OtlpMetric read_metric(std::string_view message) {
  OtlpMetric metric;
  for (const OtlpField& field : otlp_fields(message)) {
    if (field.number == 1) {
      metric.name = field.bytes;
    } else if (field.number == 2) {
      metric.description = field.bytes;
    } else if (field.number == 3) {
      metric.unit = field.bytes;
    } else {
      metric.type = field.number;
      read_data(field.bytes, metric);
    }
  }
  return metric;
}

inline void read_scope_metrics(std::string_view message, OtlpRequest& request) {
  for (const OtlpField& field : otlp_fields(message)) {
    if (field.number == 2) {
      request.metrics.push_back(read_metric(field.bytes));
      continue;
    }
    for (const OtlpField& inner : otlp_fields(field.bytes))
      (inner.number == 1 ? request.scope_name : request.scope_version) = inner.bytes;
  }
}

inline OtlpRequest read_otlp_request(std::string_view body) {
  OtlpRequest request;
  for (const OtlpField& resource_metrics : otlp_fields(body)) {
    for (const OtlpField& field : otlp_fields(resource_metrics.bytes)) {
      if (field.number == 2) {
        read_scope_metrics(field.bytes, request);
        continue;
      }
      for (const OtlpField& attribute : otlp_fields(field.bytes))
        read_attribute(attribute.bytes, request.resource);
    }
  }
  return request;
}

}  // namespace aiokpl::test
