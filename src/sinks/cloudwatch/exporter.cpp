#include "sinks/cloudwatch/exporter.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "codec/pieces.hpp"
#include "sinks/cloudwatch/answer.hpp"
#include "sinks/cloudwatch/roll_up.hpp"

namespace aiokpl::sinks {
namespace {

constexpr std::string_view content_type = "application/x-www-form-urlencoded; charset=utf-8";

std::string header(std::string_view name, std::string_view value) {
  return std::string{name}.append(": ").append(value);
}

}  // namespace

CloudWatchClient::CloudWatchClient(CloudWatchAccess access, Clock clock)
    : access_{std::move(access)}, clock_{std::move(clock)}, signer_{access_.endpoint.region, "monitoring"} {}

void CloudWatchClient::require_credentials() const {
  if (const aws::CredentialsOutcome found = access_.credentials->get(clock_()); !found) {
    throw std::runtime_error{"CloudWatch: " + found.reason};
  }
}

Delivery CloudWatchClient::send(const std::string& body) {
  const auto now = clock_();
  const aws::CredentialsOutcome found = access_.credentials->get(now);
  if (!found) return {Delivery::Verdict::later, found.reason};
  if (!web_) web_.emplace(access_.http);
  return read_answer(web_->post(access_.endpoint.url(), signed_headers(body, *found.credentials, now), body),
                     *found.credentials);
}

std::vector<std::string> CloudWatchClient::signed_headers(const std::string& body, const aws::Credentials& credentials,
                                                          std::chrono::system_clock::time_point now) {
  const std::string authority = access_.endpoint.authority();
  std::vector<aws::HeaderView> to_sign{{"Host", authority}, {"Content-Type", content_type}};
  if (is_packed(body)) to_sign.push_back({"Content-Encoding", "gzip"});
  const codec::Piece piece = std::as_bytes(std::span{body});
  const std::string hash = aws::sha256_hex({&piece, 1});
  const aws::SignatureHeaders made =
      signer_.sign({.path = access_.endpoint.path, .headers = to_sign, .payload_hash = hash}, credentials, now);
  std::vector<std::string> lines;
  for (const aws::HeaderView& view : to_sign)
    lines.push_back(header(view.name, view.value));
  lines.push_back(header("X-Amz-Date", made.x_amz_date));
  if (!made.x_amz_security_token.empty()) lines.push_back(header("X-Amz-Security-Token", made.x_amz_security_token));
  lines.push_back(header("Authorization", made.authorization));
  return lines;
}

CloudWatchExporter::CloudWatchExporter(CloudWatchSinkOptions options, Surroundings surroundings)
    : options_{std::move(options)},
      request_settings_{options_.name_space, options_.names, options_.high_resolution},
      surroundings_{std::move(surroundings)},
      outbox_{surroundings_.outbox} {
  check_options(options_);
}

void CloudWatchExporter::start(const Config& producer) {
  const std::lock_guard lock{mutex_};
  if (!client_) client_.emplace(resolve_access(options_, producer, surroundings_.environment), surroundings_.clock);
  for (const AdditionalDimension& one : producer.additional_dimensions) {
    if (std::ranges::find(additional_, one) == additional_.end()) additional_.push_back(one);
  }
}

void CloudWatchExporter::export_metrics(std::span<const MetricSnapshot> snapshots) {
  const std::lock_guard lock{mutex_};
  if (!client_) throw std::logic_error{"CloudWatch: an export before the sink was started"};
  client_->require_credentials();
  std::vector<std::string> bodies = put_metric_data(roll_up(snapshots, additional_), request_settings_);
  // All before the first is queued, so that nothing is taken where memory runs out in between.
  for (std::string& body : bodies)
    body = pack(std::move(body));
  for (std::string& body : bodies)
    outbox_.add(std::move(body));
  deliver();
}

void CloudWatchExporter::stop() {
  const std::lock_guard lock{mutex_};
  if (!client_) return;
  try {
    deliver();
  } catch (...) {
    client_->disconnect();
    throw;
  }
  client_->disconnect();
}

void CloudWatchExporter::deliver() {
  outbox_.deliver([this](const std::string& body) { return client_->send(body); });
}

}  // namespace aiokpl::sinks
