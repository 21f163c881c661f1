#include "http_metrics.hpp"

#include <array>
#include <charconv>
#include <station/net/http_coding.hpp>

#include "http_gate.hpp"
#include "server/metrics_page.hpp"

namespace station::final_station {
namespace {

constexpr std::string_view kPrometheus = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::size_t kPiece = std::size_t{32} << 10;

std::string chunk(std::string_view bytes) {
    std::array<char, 16> digits;
    const auto written = std::to_chars(digits.begin(), digits.end(), bytes.size(), 16);
    std::string chunk{digits.begin(), written.ptr};
    return chunk.append("\r\n").append(bytes).append("\r\n");
}

std::string coded_piece(net::GzipPieces& gzip, std::string_view bytes, bool is_last) {
    std::string coded;
    gzip.add(bytes, coded);
    if (is_last) gzip.finish(coded);
    return coded;
}

}  // namespace

net::Awaitable<bool> answer_metrics(HttpExchange& exchange) {
    const Station& station = exchange.thread.station;
    const bool chunked = !exchange.request.http_1_0;
    const bool coded = net::prefers_gzip(exchange.request);
    exchange.thread.station.counters.responded(200);
    std::string headers{kNotStored};
    headers.append(kGuardHeaders).append(kDataPolicy);
    headers.append(cors_headers(station, exchange.request, kVariesByCoding));
    if (coded) headers += kGzipCoded;
    if (chunked) headers += "Transfer-Encoding: chunked\r\n";
    if (!chunked || !exchange.keep_alive) headers += "Connection: close\r\n";
    const std::string head = net::http_head(200, kPrometheus, std::nullopt, headers);
    bool connected = co_await exchange.send(head);
    if (exchange.request.method == "HEAD") co_return (connected && chunked && exchange.keep_alive);
    MetricsPage page{station};
    net::GzipPieces gzip;
    for (bool more = true; connected && more;) {
        std::string piece;
        more = page.next(piece, kPiece);
        if (coded) piece = coded_piece(gzip, piece, !more);
        if (chunked && !piece.empty()) piece = chunk(piece);
        if (chunked && !more) piece += "0\r\n\r\n";
        connected = co_await exchange.send(piece);
    }
    co_return (connected && chunked && exchange.keep_alive);
}

}  // namespace station::final_station
