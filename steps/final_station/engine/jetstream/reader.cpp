#include "reader.hpp"

#include <utility>

#include "detail/reader_impl.hpp"

namespace station::jetstream {

Reader::Reader(std::shared_ptr<Connection> connection, std::string_view topic, const StreamState& stream,
               std::uint64_t offset)
    : impl_(std::make_shared<Impl>(std::move(connection), topic, stream, offset)) {
    impl_->begin();
}

Reader::~Reader() { impl_->close(); }

tl::expected<EventBlockPointer, std::error_code> Reader::poll() { return impl_->poll(); }
std::uint64_t Reader::position() const { return impl_->position(); }
std::uint64_t Reader::next_offset() const { return impl_->next_offset(); }
void Reader::wait(std::function<void()> ready) { impl_->wait(std::move(ready)); }
bool Reader::stop_waiting() { return impl_->stop_waiting(); }

}  // namespace station::jetstream
