// The floor: no product, but the least that a durable log server can do, as a ceiling for what a machine allows. One
// thread and one epoll; lines of JSON, kept as they came, unread but for their first bytes; group commit: all lines
// that one round of the loop brings become one write and one fdatasync, then all of them are acknowledged. No
// validation, no index, no checksum, no recovery.
//
//   {"op":"pub",…}    → {"ok":1} when it is durable    {"op":"sub"}     → each new line, live
//                                                      {"op":"replay"}  → the whole log
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <exception>
#include <station/base/standard_streams.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "buffer.hpp"
#include "socket.hpp"

namespace station::peers {
namespace {

constexpr std::size_t kReadBytes = std::size_t{128} << 10;

// Where an append ends.
class Log {
  public:
    Log(const std::string& folder, bool durable)
        : file_{::open((folder + "/floor.log").c_str(), O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0600)},
          durable_{durable} {
        if (file_.get() < 0) throw_errno("floor.log");
    }

    void append(std::string_view lines) {
        while (!lines.empty()) {
            const ssize_t written = ::pwrite(file_.get(), lines.data(), lines.size(), end_);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) throw_errno("write");
            end_ += written;
            lines.remove_prefix(static_cast<std::size_t>(written));
        }
        if (durable_ && ::fdatasync(file_.get()) != 0) throw_errno("fdatasync");
    }

    int descriptor() const { return file_.get(); }
    off_t end() const { return end_; }

  private:
    Socket file_;
    bool durable_;
    off_t end_ = 0;
};

struct Client {
    explicit Client(Socket taken) : socket{std::move(taken)} {}

    Socket socket;
    Buffer in;
    Buffer out;
    std::uint64_t first_waiting = 0;  // number of the first line of this round
    std::uint64_t waiting = 0;        // how many lines of this round
    bool subscribed = false;
    off_t replayed = 0;    // the log goes to it from here …
    off_t replay_end = 0;  // … to here
    bool waits_to_write = false;
};

class Floor {
  public:
    Floor(const std::string& folder, bool durable) : log_{folder, durable} {
        watch(epoll_, listener_.get(), false, false);
    }

    std::uint16_t port() const { return port_; }

    [[noreturn]] void run() {
        for (;;) {
            round();
            if (!group_.empty()) commit();
        }
    }

  private:
    void round();
    void accept_all();
    bool receive(Client& client);
    void take_lines(Client& client);
    void take_line(Client& client, std::string_view line);
    void commit();
    void acknowledge(Client& client);
    void send(Client& client);

    Log log_;
    std::uint16_t port_ = 0;
    Socket listener_ = listen_on_loopback(port_);
    Socket epoll_{::epoll_create1(EPOLL_CLOEXEC)};
    std::unordered_map<int, std::unique_ptr<Client>> clients_;
    std::uint64_t lines_ = 0;
    std::string group_;            // the lines of this round
    std::vector<int> publishers_;  // whose lines they are
};

void Floor::round() {
    std::array<epoll_event, 512> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.fd == listener_.get()) {
            accept_all();
            continue;
        }
        Client& client = *clients_.at(event.data.fd);
        if ((event.events & EPOLLOUT) != 0) send(client);
        if ((event.events & ~EPOLLOUT) != 0 && !receive(client)) clients_.erase(event.data.fd);
    }
}

void Floor::accept_all() {
    for (;;) {
        Socket socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        const int descriptor = socket.get();
        if (descriptor < 0) return;
        send_at_once(descriptor);
        watch(epoll_, descriptor, false, false);
        clients_[descriptor] = std::make_unique<Client>(std::move(socket));
    }
}

// False where the client has gone.
bool Floor::receive(Client& client) {
    const std::span<char> space = client.in.space(kReadBytes);
    const ssize_t received = ::recv(client.socket.get(), space.data(), space.size(), 0);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (received <= 0) return false;
    client.in.filled(static_cast<std::size_t>(received));
    take_lines(client);
    return true;
}

void Floor::take_lines(Client& client) {
    std::string_view bytes = client.in.view();
    for (std::size_t end; (end = bytes.find('\n')) != std::string_view::npos;) {
        take_line(client, bytes.substr(0, end + 1));
        bytes.remove_prefix(end + 1);
    }
    client.in.drop(client.in.size() - bytes.size());
}

void Floor::take_line(Client& client, std::string_view line) {
    if (line.starts_with(R"({"op":"pub")")) {
        if (client.waiting++ == 0) {
            client.first_waiting = lines_ + 1;
            publishers_.push_back(client.socket.get());
        }
        ++lines_;
        group_ += line;
    } else if (line.starts_with(R"({"op":"sub")")) {
        client.subscribed = true;
    } else if (line.starts_with(R"({"op":"replay")")) {
        client.replayed = 0;
        client.replay_end = log_.end();
        send(client);
    }
}

void Floor::commit() {
    log_.append(group_);
    for (const int descriptor : publishers_) {
        if (const auto found = clients_.find(descriptor); found != clients_.end()) acknowledge(*found->second);
    }
    for (const auto& [descriptor, client] : clients_) {
        if (!client->subscribed) continue;
        client->out.put(group_);
        send(*client);
    }
    group_.clear();
    publishers_.clear();
}

void Floor::acknowledge(Client& client) {
    std::array<char, 40> text{'{', '"', 'o', 'k', '"', ':'};
    for (std::uint64_t i = 0; i < client.waiting; ++i) {
        char* const end = std::to_chars(text.data() + 6, text.data() + text.size() - 2, client.first_waiting + i).ptr;
        end[0] = '}';
        end[1] = '\n';
        client.out.put({text.data(), end + 2});
    }
    client.waiting = 0;
    send(client);
}

void Floor::send(Client& client) {
    const int descriptor = client.socket.get();
    while (!client.out.empty()) {
        const std::string_view bytes = client.out.view();
        const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) break;
        client.out.drop(static_cast<std::size_t>(sent));
    }
    while (client.out.empty() && client.replayed < client.replay_end) {
        const auto left = static_cast<std::size_t>(client.replay_end - client.replayed);
        if (::sendfile(descriptor, log_.descriptor(), &client.replayed, left) <= 0) break;
    }
    const bool unfinished = !client.out.empty() || client.replayed < client.replay_end;
    if (unfinished != client.waits_to_write) {
        client.waits_to_write = unfinished;
        watch(epoll_, descriptor, unfinished, true);
    }
}

}  // namespace
}  // namespace station::peers

int main(int argc, char** argv) {
    station::base::open_standard_streams();
    const std::string durability = argc == 3 ? argv[2] : "";
    if (durability != "always" && durability != "os") {
        std::fprintf(stderr, "usage: peers_floor FOLDER always|os\n");
        return 2;
    }
    try {
        station::peers::Floor floor{argv[1], durability == "always"};
        std::printf("peers_floor listening on 127.0.0.1:%d\n", floor.port());
        std::fflush(stdout);
        floor.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "peers_floor: %s\n", error.what());
        return 1;
    }
}
