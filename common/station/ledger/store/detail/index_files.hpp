// The folder of an index's parts. One thread at a time.
#pragma once

#include <memory>
#include <span>
#include <station/ledger/store/detail/index_merge.hpp>
#include <station/ledger/store/detail/index_writer.hpp>
#include <string>
#include <vector>

namespace station::ledger::detail {

using Parts = std::vector<std::shared_ptr<const Part>>;  // each begins where the one before it ends, the first at 0

class PartFiles {
  public:
    PartFiles(log::Disk* disk, log::Path folder, std::function<void(std::string_view)> warn)
        : disk_(disk), folder_(std::move(folder)), warn_(std::move(warn)) {}

    bool has_folder() const { return !folder_.empty(); }
    // Of several that begin at one place the one that reaches farthest counts: merged parts are removed only after
    // what they became is there. What does not count is removed, unless `read_only`.
    log::Expected<Parts> load(bool read_only);
    // Written beside, synced, renamed, and read back. An error: nothing of it is left.
    template <typename Source>
    log::Expected<std::shared_ptr<const Part>> write(const Source& source) {
        if (const auto error = make_folder()) return tl::unexpected(error);
        const log::Path path = folder_ / part_name(source.from(), source.to());
        const auto fill = [&](log::File& file) { return write_part(file, source); };
        if (const auto error = put(path, fill)) return tl::unexpected(error);
        auto part = Part::open(*disk_, path, source.from(), source.to());
        if (!part) disk_->remove(path);
        return part;
    }
    void remove(const Part& part) { disk_->remove(folder_ / part_name(part.from(), part.to())); }
    void warn(const std::string& text) const {
        if (warn_) warn_(text);
    }

  private:
    std::error_code make_folder();
    std::error_code put(const log::Path& path, const std::function<std::error_code(log::File&)>& fill);

    log::Disk* disk_;
    log::Path folder_;
    std::function<void(std::string_view)> warn_;
    bool may_sync_folder_ = true;
};

// Which parts become one, given how many records are in each, oldest first: [first, second) of them, none where both
// are equal. Parts are of a class where the larger is less than `merge_of` times the smaller; of each class there are
// fewer than `merge_of` in the end.
std::pair<std::size_t, std::size_t> parts_to_merge(std::span<const std::uint64_t> records, std::uint32_t merge_of);

}  // namespace station::ledger::detail
