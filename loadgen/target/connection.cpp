#include <loadgen/target/connection.hpp>
#include <loadgen/target/reason.hpp>
#include <loadgen/target/receive_queue.hpp>

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <station/base/addresses.hpp>
#include <system_error>
#include <thread>

namespace station::target {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = Connection::Milliseconds;

constexpr Milliseconds kLongestWaitForRead{100};
constexpr Milliseconds kMoment{2};  // where the kernel does not tell what the server has read

bool wait_for(int descriptor, short events, Milliseconds patience) {
    const auto until = Clock::now() + patience;
    while (true) {
        const auto left = std::chrono::ceil<Milliseconds>(until - Clock::now());
        pollfd ready{descriptor, events, 0};
        const int count = ::poll(&ready, 1, static_cast<int>(std::max<Milliseconds::rep>(left.count(), 0)));
        if (count > 0) return true;
        if (count == 0 || errno != EINTR) return false;
    }
}

// 0, or errno.
int connect_within(int socket, const base::Address& address, Milliseconds patience) {
    if (::connect(socket, address.get(), address.size) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    if (!wait_for(socket, POLLOUT, patience)) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

std::uint16_t local_port_of(int socket) {
    base::Address local;
    local.size = sizeof local.storage;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&local.storage), &local.size);
    return local.port();
}

}  // namespace

Connection::Connection(base::Descriptor socket, const net::Endpoint& server, std::uint16_t local_port)
    : socket_(std::move(socket)), server_(server), local_port_(local_port) {}

tl::expected<Connection, std::string> Connection::open(const net::Endpoint& server, Milliseconds patience) {
    const auto addresses = base::resolve(server.host, server.port);
    if (!addresses) return tl::unexpected("cannot find " + server.host + ": " + addresses.error().message());
    int told = 0;
    for (const base::Address& address : *addresses) {
        base::Descriptor socket{::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        if (!socket) return tl::unexpected("cannot make a socket: " + reason(errno));
        const int yes = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        int error = connect_within(socket.get(), address, patience);
        const std::uint16_t local_port = local_port_of(socket.get());
        // Where nobody listens on a port that the system hands out, TCP may connect a socket to itself.
        if (error == 0 && local_port == server.port) error = ECONNREFUSED;
        if (error == 0) return Connection{std::move(socket), server, local_port};
        if (base::tells_more(error, told)) told = error;
    }
    return tl::unexpected("cannot connect: " + reason(told));
}

bool Connection::wait(short events, Milliseconds patience) const { return wait_for(socket_.get(), events, patience); }

void Connection::record(Recorder& recorder, std::string name) {
    recorder_ = &recorder;
    name_ = std::move(name);
    note(TraceEvent::What::connected);
}

void Connection::note(TraceEvent::What what, std::string_view bytes) const {
    if (recorder_ != nullptr) recorder_->note(name_, what, bytes);
}

void Connection::receive() {
    std::array<char, 65536> bytes;
    while (state_ == State::open) {
        const auto count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
        if (count > 0) {
            received_.append(bytes.data(), static_cast<std::size_t>(count));
            note(TraceEvent::What::received, {bytes.data(), static_cast<std::size_t>(count)});
            if (discarding_) count_discarded();
        } else if (count == 0) {
            state_ = State::end;
            note(TraceEvent::What::ended);
        } else if (errno != EINTR) {
            if (errno == EAGAIN || errno == EWOULDBLOCK) return;
            state_ = State::reset;
            note(TraceEvent::What::reset);
            return;
        }
    }
}

void Connection::count_discarded() {
    const auto end = received_.rfind('\n');
    if (end == std::string::npos) return;
    discarded_ += static_cast<std::size_t>(std::count(received_.begin(), received_.end(), '\n'));
    received_.erase(0, end + 1);
    taken_ = 0;
}

std::size_t Connection::wait_for_discarded(std::size_t replies, Milliseconds patience) {
    receive();
    while (discarded_ < replies && state_ == State::open && wait(POLLIN, patience)) receive();
    discarding_ = false;
    return std::exchange(discarded_, 0);
}

void Connection::send(std::string_view bytes, Milliseconds patience) {
    sent_.add(bytes);
    while (!bytes.empty()) {
        const auto count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count >= 0) {
            note(TraceEvent::What::sent, bytes.substr(0, static_cast<std::size_t>(count)));
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            // Who has ended the connection but not closed it may still take bytes, so POLLIN alone does not
            // stop us.
            const short events = state_ == State::open ? POLLIN | POLLOUT : POLLOUT;
            if (!wait(events, patience)) break;
        } else if (errno != EINTR) {
            break;
        }
        receive();
    }
    sent_everything_ = sent_everything_ && bytes.empty();
}

bool Connection::send_unread(std::string_view bytes, Milliseconds patience) {
    sent_.add(bytes);
    while (!bytes.empty()) {
        const auto count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count >= 0) {
            note(TraceEvent::What::sent, bytes.substr(0, static_cast<std::size_t>(count)));
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!wait(POLLOUT, patience)) break;
        } else if (errno != EINTR) {
            break;
        }
    }
    sent_everything_ = sent_everything_ && bytes.empty();
    return bytes.empty();
}

void Connection::wait_until_read() {
    if (!diagnosis_) diagnosis_ = open_diagnosis();
    const auto until = Clock::now() + kLongestWaitForRead;
    constexpr std::chrono::microseconds kLongestPause{1000};
    std::chrono::microseconds pause{5};
    while (Clock::now() < until && state_ == State::open) {
        int unacknowledged = 0;
        ::ioctl(socket_.get(), SIOCOUTQ, &unacknowledged);
        if (unacknowledged == 0) {
            const auto unread = unread_bytes(diagnosis_, server_.port, local_port_);
            if (!unread) return std::this_thread::sleep_for(kMoment);
            if (*unread == 0) return;
        }
        receive();
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, kLongestPause);
    }
}

void Connection::half_close() {
    ::shutdown(socket_.get(), SHUT_WR);
    half_closed_ = true;
    note(TraceEvent::What::half_closed);
}

void Connection::reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void Connection::close() {
    note(TraceEvent::What::closed);
    socket_.reset();
    state_ = State::end;
}

Connection::Reply Connection::read_line(Milliseconds patience) {
    const auto until = Clock::now() + patience;
    std::size_t searched = taken_;
    receive();
    while (true) {
        const auto end = received_.find('\n', searched);
        if (end != std::string::npos) {
            Reply reply{Got::line, received_.substr(taken_, end - taken_)};
            taken_ = end + 1;
            if (taken_ == received_.size()) received_.clear(), taken_ = 0;
            return reply;
        }
        searched = received_.size();
        if (state_ != State::open) {
            return {state_ == State::end ? Got::end : Got::reset, received_.substr(taken_)};
        }
        const auto left = std::chrono::ceil<Milliseconds>(until - Clock::now());
        if (left.count() <= 0 || !wait(POLLIN, left)) return {Got::silence, received_.substr(taken_)};
        receive();
    }
}

}  // namespace station::target
