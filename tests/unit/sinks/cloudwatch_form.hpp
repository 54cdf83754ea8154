#pragma once

#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aiokpl::test {

using Fields = std::map<std::string, std::string>;

inline std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      plain += static_cast<char>(std::strtol(std::string{text.substr(i + 1, 2)}.c_str(), nullptr, 16));
      i += 2;
    } else {
      plain += text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

/// A form-urlencoded body.
inline Fields read_form(std::string_view body) {
  Fields fields;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, end);
    const std::size_t equals = pair.find('=');
    fields[decoded(pair.substr(0, equals))] = decoded(pair.substr(equals + 1));
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return fields;
}

/// The data of a PutMetricData request, each with its fields without "MetricData.member.N.".
inline std::vector<Fields> data_of(std::string_view body) {
  constexpr std::string_view start = "MetricData.member.";
  std::map<int, Fields> numbered;
  for (const auto& [name, value] : read_form(body)) {
    if (!name.starts_with(start)) continue;
    const std::size_t dot = name.find('.', start.size());
    numbered[std::atoi(name.substr(start.size()).c_str())][name.substr(dot + 1)] = value;
  }
  std::vector<Fields> data;
  for (const auto& [number, fields] : numbered) {
    data.push_back(fields);
    // The service wants them numbered from 1, without gaps.
    if (number != static_cast<int>(data.size())) return {};
  }
  return data;
}

}  // namespace aiokpl::test
