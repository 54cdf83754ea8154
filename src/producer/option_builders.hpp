#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "producer/options.hpp"

/// How the entries of the list of options are made, one function for each kind of field.
namespace aiokpl::detail {

template <typename T>
struct Limits {
  T lowest;
  T highest;
};

/// A field of Config that may lower another's upper limit.
enum class Bound { none, record_ttl };

/// What is wrong with a text, such as "must be a path"; nothing when it is right.
using TextCheck = std::optional<std::string> (*)(std::string_view);

Option boolean_option(std::string_view name, bool Config::* field, std::string_view meaning);
Option count_option(std::string_view name, std::uint64_t Config::* field, Limits<std::uint64_t> limits,
                    std::string_view meaning);
Option size_option(std::string_view name, std::uint64_t Config::* field, Limits<std::uint64_t> limits,
                   std::string_view meaning);
Option rate_option(std::string_view name, double Config::* field, Limits<double> limits, std::string_view unit,
                   std::string_view meaning);
Option duration_option(std::string_view name, std::chrono::nanoseconds Config::* field,
                       Limits<std::chrono::nanoseconds> limits, std::string_view meaning, Bound bound = Bound::none);
/// An empty string stands for an absent one.
Option text_option(std::string_view name, std::string Config::* field, std::string_view placeholder,
                   std::string_view range, std::string_view absent, std::string_view meaning, TextCheck problem);
Option text_option(std::string_view name, std::optional<std::string> Config::* field, std::string_view placeholder,
                   std::string_view range, std::string_view absent, std::string_view meaning, TextCheck problem);
/// Absent stands for what the environment's variable says.
Option switch_option(std::string_view name, std::optional<bool> Config::* field, std::string_view variable,
                     std::string_view meaning);
Option credential_option(std::string_view name, std::optional<std::string> Config::* field, std::string_view meaning);
Option object_option(std::string_view name, std::string_view meaning, std::string_view absent,
                     bool (*given)(const Config&));

// Fields that are alone in their kind.
Option max_record_size_option();
Option max_connections_option();
Option proxy_port_option();
Option proxy_password_option();
Option shutdown_timeout_option(std::chrono::nanoseconds longest);
Option strategy_option();
Option protocol_option();
Option metrics_level_option();
Option metrics_granularity_option();
Option credentials_provider_option();
/// "env=prod,team=data@stream".
Option additional_dimensions_option();

std::optional<std::string> problem_of_region(std::string_view text);
std::optional<std::string> problem_of_url(std::string_view text);
std::optional<std::string> problem_of_host(std::string_view text);
std::optional<std::string> problem_of_user_name(std::string_view text);
std::optional<std::string> problem_of_path(std::string_view text);
std::optional<std::string> problem_of_profile(std::string_view text);
std::optional<std::string> problem_of_user_agent(std::string_view text);

}  // namespace aiokpl::detail
