#include "sinks/opentelemetry/otlp_exporter.hpp"

#include <exception>
#include <random>
#include <thread>
#include <utility>

#include <aiokpl/version.hpp>

#include "sinks/opentelemetry/otlp_answer.hpp"
#include "sinks/web/gzip.hpp"

namespace aiokpl::sinks {
namespace {

Outbox::Options with_jitter(Outbox::Options options) {
  if (options.pause) return options;
  options.pause = [random = std::minstd_rand{std::random_device{}()}](std::chrono::milliseconds pause) mutable {
    std::uniform_real_distribution<double> part{0.5, 1.5};
    std::this_thread::sleep_for(pause * part(random));
  };
  return options;
}

std::vector<std::string> headers_of(const OtlpSettings& settings) {
  std::vector<std::string> headers{"Content-Type: application/x-protobuf"};
  if (settings.compression == OtlpCompression::gzip) headers.emplace_back("Content-Encoding: gzip");
  headers.insert(headers.end(), settings.headers.begin(), settings.headers.end());
  return headers;
}

/// The receiver is not the producer's service: whom to trust, and for how long to wait, is said for it alone.
aws::HttpOptions http_options_of(const OtlpSettings& settings) {
  constexpr std::size_t longest_answer = std::size_t{1} << 20;
  return {.max_connections = 1,
          .connect_timeout = settings.timeout,
          .request_timeout = settings.timeout,
          .ca_bundle = settings.certificate,
          .user_agent = "aiokpl/" + std::string{version},
          .max_response_size = longest_answer};
}

void append(std::string& text, const std::string& more) {
  if (!text.empty() && !more.empty()) text += "; ";
  text += more;
}

}  // namespace

OtlpExporter::OtlpExporter(OtlpSettings settings, Outbox::Options outbox)
    : settings_{std::move(settings)},
      headers_{headers_of(settings_)},
      encoder_{{.resource = settings_.resource,
                .instrument_prefix = settings_.instrument_prefix,
                .temporality = settings_.temporality}},
      outbox_{with_jitter(std::move(outbox))} {}

void OtlpExporter::export_metrics(std::span<const MetricSnapshot> snapshots,
                                  std::chrono::system_clock::time_point now) {
  const std::lock_guard lock{mutex_};
  queue(encoder_.encode(snapshots, now));
  deliver();
}

void OtlpExporter::stop() {
  const std::lock_guard lock{mutex_};
  try {
    if (outbox_.waiting() != 0) deliver();
  } catch (const ExportDeferred&) {
    client_.reset();
    throw;
  }
  client_.reset();
}

/// From here on the encoder has counted the data in, so that they must not be given again.
void OtlpExporter::queue(std::vector<std::string> bodies) {
  try {
    for (std::string& body : bodies)
      outbox_.add(settings_.compression == OtlpCompression::gzip ? gzip(body) : std::move(body));
  } catch (const std::exception& error) {
    throw ExportDeferred{std::string{"a request was given up: "} + error.what()};
  }
}

void OtlpExporter::deliver() {
  std::string trouble;
  std::string remarks;
  try {
    outbox_.deliver([&](const std::string& body) { return send(body, remarks); });
  } catch (const ExportDeferred& deferred) {
    trouble = deferred.what();
  }
  append(trouble, remarks);
  if (!trouble.empty()) throw ExportDeferred{trouble};
}

/// Never throws what is no ExportDeferred: another exception would have the same data come again.
Delivery OtlpExporter::send(const std::string& body, std::string& remarks) {
  try {
    if (!client_) client_.emplace(http_options_of(settings_));
    OtlpAnswer answer = read_otlp_answer(client_->post(settings_.url, headers_, body));
    append(remarks, answer.remark);
    return std::move(answer.delivery);
  } catch (const std::exception& error) {
    client_.reset();
    return {Delivery::Verdict::later, error.what()};
  }
}

}  // namespace aiokpl::sinks
