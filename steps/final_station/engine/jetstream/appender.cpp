#include "appender.hpp"

#include <utility>

#include "detail/appender_impl.hpp"

namespace station::jetstream {

Appender::Appender(std::shared_ptr<Connection> connection, std::string_view topic, const StreamState& stream,
                   const AppenderConfig& config)
    : impl_(std::make_shared<Impl>(std::move(connection), topic, stream, config)) {
    impl_->begin();
}

Appender::~Appender() {
    impl_->connection()->loop()->run([this] { impl_->close(); });
}

std::error_code Appender::submit(log::PublishRequest& request) { return impl_->submit(request); }
std::uint64_t Appender::next_offset() const { return impl_->next_offset(); }
bool Appender::is_available() const { return impl_->is_available(); }
bool Appender::is_fenced() const { return impl_->is_fenced(); }

}  // namespace station::jetstream
