#include "sinks/datadog/exporter.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <aiokpl/version.hpp>

#include "aws/secrets.hpp"

namespace aiokpl::sinks {
namespace {

constexpr int status_unauthorized = 401;
constexpr int status_forbidden = 403;
constexpr int status_too_large = 413;

/// What Datadog says it did not like about a request that it took; nothing for an answer that is not of its making.
std::optional<std::string> errors_in(const std::string& answer) {
  const nlohmann::json parsed = nlohmann::json::parse(answer, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return std::nullopt;
  const auto errors = parsed.find("errors");
  if (errors == parsed.end() || !errors->is_array() || errors->empty()) return std::nullopt;
  return errors->dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

DatadogExporter::DatadogExporter(DatadogSettings settings, Outbox::Options outbox, aws::Environment environment)
    : settings_{std::move(settings)},
      request_options_{.host = settings_.host, .max_values_per_point = settings_.max_values_per_point},
      environment_{std::move(environment)},
      gathering_{settings_.metric_prefix, settings_.tags},
      outbox_{std::move(outbox)},
      http_{http_options(Config{}, environment_)} {}

void DatadogExporter::start(const Config& producer) {
  const std::lock_guard lock{mutex_};
  if (producers_++ != 0) return;
  http_ = http_options(producer, environment_);
  client_.reset();
}

void DatadogExporter::export_metrics(std::span<const MetricSnapshot> snapshots) {
  const std::lock_guard lock{mutex_};
  // A copy, so that nothing was taken when there is an exception; it is small, or empty.
  Gathering gathered = gathering_;
  gathered.add(snapshots);
  if (gathered.due()) {
    post_gathered(std::move(gathered));
  } else {
    gathering_ = std::move(gathered);
  }
  deliver();
}

void DatadogExporter::stop() {
  const std::lock_guard lock{mutex_};
  if (producers_ > 0) --producers_;
  Gathering gathered = gathering_;
  gathered.make_due();
  if (gathered.due()) post_gathered(std::move(gathered));
  const auto let_go = [this] {
    if (producers_ == 0) client_.reset();
  };
  try {
    deliver();
  } catch (...) {
    let_go();
    throw;
  }
  let_go();
}

void DatadogExporter::post_gathered(Gathering gathered) {
  const std::int64_t second = gathered.second();
  std::vector<DatadogRequest> requests = make_requests(gathered.take(), second, request_options_);
  gathering_ = std::move(gathered);
  for (DatadogRequest& request : requests)
    outbox_.add(static_cast<char>(request.intake) + std::move(request.body));
}

void DatadogExporter::deliver() {
  outbox_.deliver([this](const std::string& parcel) { return send(parcel); });
}

WebClient& DatadogExporter::client() {
  if (!client_) {
    aws::HttpOptions options = http_;
    options.user_agent = "aiokpl/" + std::string{version};
    client_ = std::make_unique<WebClient>(std::move(options));
  }
  return *client_;
}

Delivery DatadogExporter::send(const std::string& parcel) {
  const auto intake = static_cast<DatadogIntake>(parcel.front());
  const std::string_view body = std::string_view{parcel}.substr(1);
  const aws::HttpCompletion completion =
      client().post(settings_.endpoint_url + std::string{path_of(intake)}, headers_for(intake), body);
  if (completion.error != aws::HttpError::none) {
    return {.verdict = Delivery::Verdict::later, .reason = reason_of(completion, body.size())};
  }
  const Delivery::Verdict verdict = verdict_of_status(completion.response.status);
  if (verdict != Delivery::Verdict::delivered)
    return {.verdict = verdict, .reason = reason_of(completion, body.size())};
  if (const auto errors = errors_in(completion.response.body)) {
    std::string reason = "Datadog took it with errors: " + *errors;
    aws::hide(reason, settings_.api_key, "*");
    aws::hide(reason, settings_.app_key, "*");
    return {.verdict = Delivery::Verdict::refused, .reason = std::move(reason)};
  }
  return {};
}

std::string DatadogExporter::reason_of(const aws::HttpCompletion& completion, std::size_t bytes) const {
  std::string reason = describe(completion);
  if (completion.error == aws::HttpError::none) {
    const int status = completion.response.status;
    if (status == status_unauthorized || status == status_forbidden) {
      reason = "the API key is not one of " + settings_.endpoint_url + ": " + reason;
    } else if (status == status_too_large) {
      reason = std::to_string(bytes) + " bytes are too large for " + settings_.endpoint_url + ": " + reason;
    }
  }
  // An answer may repeat what it was asked with.
  aws::hide(reason, settings_.api_key, "*");
  aws::hide(reason, settings_.app_key, "*");
  return reason;
}

std::vector<std::string> DatadogExporter::headers_for(DatadogIntake intake) const {
  std::vector<std::string> headers{
      "DD-API-KEY: " + settings_.api_key, "Content-Type: " + std::string{content_type_of(intake)},
      "Content-Encoding: " + std::string{content_encoding_of(intake)}, "Accept: application/json"};
  if (!settings_.app_key.empty()) headers.push_back("DD-APPLICATION-KEY: " + settings_.app_key);
  return headers;
}

}  // namespace aiokpl::sinks
