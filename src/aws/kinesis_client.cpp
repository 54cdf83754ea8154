#include "aws/kinesis_client.hpp"

#include <array>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <curl/curl.h>
#include <nlohmann/json.hpp>

#include "aws/document.hpp"
#include "aws/secrets.hpp"
#include "aws/service_clock.hpp"
#include "aws/sigv4.hpp"

namespace aiokpl::aws {
namespace {

constexpr std::string_view target_prefix = "Kinesis_20131202.";

std::string header(std::string_view name, std::string_view value) {
  std::string line;
  line.reserve(name.size() + 2 + value.size());
  line.append(name).append(": ").append(value);
  return line;
}

std::unique_ptr<HttpTransport> curl_transport(const ClientOptions& options) {
  HttpOptions http = options.http;
  http.user_agent = user_agent(options.user_agent_suffix);
  return std::make_unique<HttpClient>(std::move(http));
}

}  // namespace

std::string user_agent(std::string_view suffix) {
  std::string text = "aiokpl/" AIOKPL_VERSION " libcurl/";
  text += curl_version_info(CURLVERSION_NOW)->version;
  if (!suffix.empty()) text += ' ';
  for (const char c : suffix)
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return text;
}

class KinesisClient::Impl {
 public:
  Impl(ClientOptions options, std::unique_ptr<HttpTransport> transport)
      : options_{std::move(options)},
        url_{options_.endpoint.url()},
        authority_{options_.endpoint.authority()},
        signer_{options_.endpoint.region, "kinesis"},
        http_{std::move(transport)} {
    if (!options_.credentials) throw std::invalid_argument{"a Kinesis client needs a credentials provider"};
  }

  CallId start(std::string_view operation, std::span<const codec::Piece> body, std::size_t size,
               std::string_view payload_hash) {
    const CallId id = ++last_call_;
    send(id, operation, body, size, payload_hash);
    return id;
  }

  CallId start(std::string_view operation, std::string body) {
    const CallId id = ++last_call_;
    OwnBody& own = own_bodies_[id];
    own.text = std::move(body);
    own.piece = std::as_bytes(std::span{own.text});
    send(id, operation, {&own.piece, 1}, own.text.size(), {});
    return id;
  }

  void cancel(CallId id) {
    std::erase_if(refused_, [id](const Completion& completion) { return completion.id == id; });
    if (const auto found = tickets_.find(id); found != tickets_.end()) {
      http_->cancel(found->second);
      calls_.erase(found->second);
      tickets_.erase(found);
    }
    own_bodies_.erase(id);
  }

  void poll(std::chrono::nanoseconds wait, std::vector<Completion>& completed) {
    if (!refused_.empty()) wait = std::chrono::nanoseconds::zero();
    for (Completion& completion : refused_)
      completed.push_back(std::move(completion));
    refused_.clear();
    http_completed_.clear();
    http_->poll(wait, http_completed_);
    for (HttpCompletion& done : http_completed_)
      completed.push_back(translate(std::move(done)));
  }

  void wakeup() noexcept { http_->wakeup(); }
  [[nodiscard]] std::size_t in_flight() const noexcept { return calls_.size() + refused_.size(); }
  [[nodiscard]] const ClientOptions& options() const noexcept { return options_; }

 private:
  /// Stays where it is while the call is under way: nodes of an unordered_map do not move.
  struct OwnBody {
    std::string text;
    codec::Piece piece;
  };

  struct Call {
    CallId id = 0;
    ServiceClock::Duration skew{};  // that it was dated with
    std::shared_ptr<const Credentials> credentials;
  };

  void send(CallId id, std::string_view operation, std::span<const codec::Piece> body, std::size_t size,
            std::string_view payload_hash) {
    const auto now = service_clock_.now(options_.clock());
    CredentialsOutcome found = options_.credentials->get(now);
    if (!found.credentials) {
      own_bodies_.erase(id);
      Completion& completion = refused_.emplace_back();
      completion.id = id;
      completion.kind = Completion::Kind::no_credentials;
      completion.pending = found.pending;
      completion.message = found.reason;
      return;
    }
    HttpRequest request;
    request.url = url_;
    remember(*std::move(found.credentials));
    request.headers = signed_headers(operation, payload_hash.empty() ? sha256_hex(body) : std::string{payload_hash},
                                     *last_credentials_, now);
    request.body = body;
    request.body_size = size;
    const HttpTicket ticket = http_->start(std::move(request));
    calls_.emplace(ticket, Call{id, service_clock_.skew(), last_credentials_});
    tickets_.emplace(id, ticket);
  }

  /// One copy for all calls that are signed with the same.
  void remember(Credentials&& credentials) {
    if (last_credentials_ && same(*last_credentials_, credentials)) return;
    last_credentials_ = std::make_shared<const Credentials>(std::move(credentials));
  }

  static bool same(const Credentials& left, const Credentials& right) {
    return left.access_key_id == right.access_key_id && left.secret_access_key == right.secret_access_key &&
           left.session_token == right.session_token;
  }

  std::vector<std::string> signed_headers(std::string_view operation, const std::string& payload_hash,
                                          const Credentials& credentials, std::chrono::system_clock::time_point now) {
    const std::string target = std::string{target_prefix}.append(operation);
    const std::string_view content_type = content_type_of(options_.protocol);
    const std::array<HeaderView, 3> to_sign{HeaderView{"Host", authority_}, HeaderView{"Content-Type", content_type},
                                            HeaderView{"X-Amz-Target", target}};
    SignatureHeaders made = signer_.sign(
        {.path = options_.endpoint.path, .headers = to_sign, .payload_hash = payload_hash}, credentials, now);
    std::vector<std::string> lines;
    lines.reserve(6);
    for (const HeaderView& view : to_sign)
      lines.push_back(header(view.name, view.value));
    lines.push_back(header("X-Amz-Date", made.x_amz_date));
    if (!made.x_amz_security_token.empty()) {
      lines.push_back(header("X-Amz-Security-Token", made.x_amz_security_token));
      wipe(made.x_amz_security_token);
    }
    lines.push_back(header("Authorization", made.authorization));
    return lines;
  }

  Completion translate(HttpCompletion done) {
    Completion completion;
    auto call = calls_.extract(done.ticket);
    completion.id = call.mapped().id;
    tickets_.erase(completion.id);
    own_bodies_.erase(completion.id);
    completion.bytes_sent = done.bytes_sent;
    completion.response = std::move(done.response);
    if (done.error != HttpError::none) {
      completion.kind = Completion::Kind::transport_error;
      completion.transport = done.error;
      completion.message = std::move(done.error_message);
    } else if (!is_success(completion.response)) {
      completion.kind = Completion::Kind::service_error;
      completion.error = read_service_error(completion.response);
      learn_from(call.mapped(), completion);
      completion.message = completion.error.code + ": " + completion.error.message;
    }
    return completion;
  }

  /// What of a refusal may be otherwise at the next try.
  void learn_from(const Call& call, Completion& completion) {
    ServiceError& error = completion.error;
    if (service_clock_.learn(error.code, completion.response.date, options_.clock(), call.skew)) {
      completion.clock_corrected = true;
      error.message += " (" + service_clock_.words() + "; from now on requests are dated by that)";
    }
    if (!refuses_credentials(error.code)) return;
    if (says_expired(error.code) && call.credentials != reported_) {
      reported_ = call.credentials;
      options_.credentials->expired(*call.credentials);
    }
    // Where they have been renewed since this call was signed, the refusal is of old ones.
    const CredentialsOutcome current = options_.credentials->get(service_clock_.now(options_.clock()));
    const bool outdated = current.credentials && !same(*current.credentials, *call.credentials);
    completion.credentials_renewed = outdated || (says_expired(error.code) && options_.credentials->renews());
  }

  static bool says_expired(std::string_view code) { return code == "ExpiredTokenException" || code == "ExpiredToken"; }
  static bool refuses_credentials(std::string_view code) {
    return says_expired(code) || code == "UnrecognizedClientException" || code == "InvalidClientTokenId";
  }

  ClientOptions options_;
  std::string url_;
  std::string authority_;
  Signer signer_;
  ServiceClock service_clock_;
  std::shared_ptr<const Credentials> last_credentials_;
  std::shared_ptr<const Credentials> reported_;  // as expired
  std::unordered_map<HttpTicket, Call> calls_;
  std::unordered_map<CallId, HttpTicket> tickets_;
  std::unordered_map<CallId, OwnBody> own_bodies_;
  std::vector<Completion> refused_;
  std::vector<HttpCompletion> http_completed_;
  CallId last_call_ = 0;
  std::unique_ptr<HttpTransport> http_;  // last, so that it lets go of the bodies first
};

KinesisClient::KinesisClient(const ClientOptions& options) : KinesisClient{options, curl_transport(options)} {}
KinesisClient::KinesisClient(ClientOptions options, std::unique_ptr<HttpTransport> transport)
    : impl_{std::make_unique<Impl>(std::move(options), std::move(transport))} {}
KinesisClient::~KinesisClient() = default;

CallId KinesisClient::put_records(std::span<const codec::Piece> body, std::size_t size, std::string_view payload_hash) {
  return impl_->start("PutRecords", body, size, payload_hash);
}

CallId KinesisClient::list_shards(const ListShardsRequest& request) {
  return impl_->start("ListShards", write_document(list_shards_document(request), protocol()));
}

CallId KinesisClient::describe_stream_summary(std::string_view stream) {
  return impl_->start("DescribeStreamSummary", write_document(describe_stream_summary_document(stream), protocol()));
}

CallId KinesisClient::call(std::string_view operation, const nlohmann::json& request) {
  return impl_->start(operation, write_document(request, protocol()));
}

void KinesisClient::cancel(CallId id) {
  impl_->cancel(id);
}
void KinesisClient::poll(std::chrono::nanoseconds wait, std::vector<Completion>& completed) {
  impl_->poll(wait, completed);
}
void KinesisClient::wakeup() noexcept {
  impl_->wakeup();
}
bool KinesisClient::awaits_credentials() const {
  return impl_->options().credentials->get(impl_->options().clock()).pending;
}
void KinesisClient::set_credentials_listener(const std::function<void()>& listener) {
  impl_->options().credentials->set_listener(listener);
}
std::size_t KinesisClient::in_flight() const noexcept {
  return impl_->in_flight();
}
WireProtocol KinesisClient::protocol() const noexcept {
  return impl_->options().protocol;
}
const Endpoint& KinesisClient::endpoint() const noexcept {
  return impl_->options().endpoint;
}

}  // namespace aiokpl::aws
