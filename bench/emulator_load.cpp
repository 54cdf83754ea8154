// How many bytes of PutRecords bodies the local Kinesis takes in a second, discarding them, over plain HTTP.
// Usage: emulator_load [seconds [connections [record_size [json]]]]
// The server has one thread; its CPU time is told apart from the clients', so that the figure per core can be read
// off whatever the clients cost.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <time.h>

#include <aiokpl/emulator.hpp>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t body_target = std::size_t{5} << 20U;
constexpr std::size_t most_records = 500;

void cbor_head(std::string& out, unsigned major, std::uint32_t value) {
  out += static_cast<char>((major << 5U) | 26U);
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> static_cast<unsigned>(shift));
}

void cbor_text(std::string& out, std::string_view text) {
  cbor_head(out, 3, static_cast<std::uint32_t>(text.size()));
  out += text;
}

std::string cbor_body(std::size_t records, std::size_t record_size) {
  std::string out;
  cbor_head(out, 5, 2);
  cbor_text(out, "StreamName");
  cbor_text(out, "load");
  cbor_text(out, "Records");
  cbor_head(out, 4, static_cast<std::uint32_t>(records));
  for (std::size_t i = 0; i < records; ++i) {
    cbor_head(out, 5, 2);
    cbor_text(out, "Data");
    cbor_head(out, 2, static_cast<std::uint32_t>(record_size));
    out.append(record_size, 'x');
    cbor_text(out, "PartitionKey");
    cbor_text(out, "key-" + std::to_string(i));
  }
  return out;
}

std::string json_body(std::size_t records, std::size_t record_size) {
  std::string out = R"({"StreamName":"load","Records":[)";
  for (std::size_t i = 0; i < records; ++i) {
    out += i == 0 ? R"({"Data":")" : R"(,{"Data":")";
    out.append(record_size / 3 * 4, 'x');
    out += R"(","PartitionKey":"key-)" + std::to_string(i) + R"("})";
  }
  return out + "]}";
}

void expect_success(tcp::socket& socket, std::string& buffer) {
  const std::size_t header = asio::read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n");
  if (!buffer.starts_with("HTTP/1.1 200")) throw std::runtime_error{buffer};
  const std::size_t length = std::strtoull(buffer.c_str() + buffer.find("Content-Length: ") + 16, nullptr, 10);
  if (buffer.size() < header + length) {
    asio::read(socket, asio::dynamic_buffer(buffer), asio::transfer_exactly(header + length - buffer.size()));
  }
  buffer.erase(0, header + length);
}

void run_client(std::uint16_t port, const std::string& body, bool json, std::chrono::steady_clock::time_point until) {
  asio::io_context context;
  tcp::socket socket{context};
  socket.connect({asio::ip::address_v4::loopback(), port});
  const std::string head =
      "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Kinesis_20131202.PutRecords\r\nContent-Type: "
      "application/x-amz-" +
      std::string{json ? "json" : "cbor"} + "-1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  const std::array request{asio::buffer(head), asio::buffer(body)};
  const auto everything = [&](const boost::system::error_code& error, std::size_t sent) {
    return error ? 0 : head.size() + body.size() - sent;
  };
  std::string buffer;
  while (std::chrono::steady_clock::now() < until) {
    asio::write(socket, request, everything);
    expect_success(socket, buffer);
  }
}

double thread_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double process_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void run(double seconds, unsigned connections, std::size_t record_size, bool json) {
  using aiokpl::emulator::LocalKinesis;
  LocalKinesis kinesis{{.streams = {{.name = "load", .shards = 4, .max_record_size_kib = 10240}}, .discard = true}};
  kinesis.start();
  const std::size_t records = std::max<std::size_t>(1, std::min(most_records, body_target / record_size));
  const std::string body = json ? json_body(records, record_size) : cbor_body(records, record_size);

  const double cpu_before = process_cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  const auto until = start + std::chrono::duration_cast<std::chrono::nanoseconds>(Seconds{seconds});
  std::vector<double> client_cpu(connections);
  std::vector<std::thread> clients;
  for (unsigned i = 0; i < connections; ++i) {
    clients.emplace_back([&, i] {
      run_client(kinesis.port(), body, json, until);
      client_cpu[i] = thread_cpu_seconds();
    });
  }
  for (std::thread& client : clients)
    client.join();
  const double elapsed = Seconds{std::chrono::steady_clock::now() - start}.count();
  double server_cpu = process_cpu_seconds() - cpu_before;
  for (const double cpu : client_cpu)
    server_cpu -= cpu;

  const auto counters = kinesis.counters();
  const double gigabytes = static_cast<double>(counters.bytes_received) * 1e-9;
  std::printf(
      "%s, %zu records of %zu bytes a request, %u connections: %.2f GB in %.2f s = %.2f GB/s; server CPU %.2f s "
      "= %.2f GB per CPU second; %.0f records/s\n",
      json ? "JSON" : "CBOR", records, record_size, connections, gigabytes, elapsed, gigabytes / elapsed, server_cpu,
      gigabytes / server_cpu, static_cast<double>(counters.records_stored) / elapsed);
}

}  // namespace

int main(int argc, char** argv) try {
  const auto argument = [&](int i, const char* otherwise) { return argc > i ? argv[i] : otherwise; };
  run(std::strtod(argument(1, "3"), nullptr), static_cast<unsigned>(std::strtoul(argument(2, "2"), nullptr, 10)),
      std::strtoull(argument(3, "51200"), nullptr, 10), std::string_view{argument(4, "cbor")} == "json");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "emulator_load: %s\n", error.what());
  return 1;
}
