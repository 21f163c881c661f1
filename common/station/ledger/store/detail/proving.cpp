#include <algorithm>
#include <station/ledger/store/detail/core.hpp>
#include <station/log/layout.hpp>

namespace station::ledger {
namespace {

constexpr const char* kTreeFile = "tree.nodes";
constexpr std::size_t kLeavesAtOnce = 4096;

}  // namespace

// Held against the log before it is used for the first time: what disagrees is made again.
Result<void> Core::check_tree() {
    const std::uint64_t size = tree_->size();
    if (size == 0) return {};
    if (size <= index_.end()) {
        const auto leaf = tree_->leaf(size - 1);
        const auto last = read(static_cast<Global>(size - 1));
        if (!last) return tl::unexpected(last.error());
        if (leaf && *leaf == merkle::leaf_hash((*last)->event_hash.bytes)) return {};
    }
    warn("the tree of proofs is not the log's, and is made again");
    return tree_->truncate(0);
}

// Up to date with all that is synced. By who holds the tree's mutex.
Result<TreeFile*> Core::tree() {
    if (sequencer_ == nullptr) return failed(Errc::read_only, "only who appends knows what is synced");
    if (const auto error = topic_.sync()) return failed(error, topic_.name());
    const Global end = index_.end();
    if (tree_ == nullptr) {
        log::Disk& disk = config_.disk != nullptr ? *config_.disk : log::posix_disk();
        const bool in_memory = config_.dir.empty();
        const log::Path folder = config_.dir / log::kTopicsFolder / topic_.name() / kIndexFolder;
        if (!in_memory) {
            if (const auto error = disk.create_folders(folder)) return failed(error, folder.string());
        }
        auto opened = TreeFile::open(disk, folder / kTreeFile, in_memory);
        if (!opened) return tl::unexpected(std::move(opened.error()));
        tree_ = std::move(*opened);
        if (auto checked = check_tree(); !checked) {
            tree_.reset();
            return tl::unexpected(std::move(checked.error()));
        }
    }
    if (auto error = grow_tree(end)) return tl::unexpected(std::move(*error));
    return tree_.get();
}

std::optional<Error> Core::grow_tree(Global end) {
    if (tree_->size() >= end) return std::nullopt;
    log::Cursor cursor = topic_.subscribe(log::StartFrom::offset(tree_->size()));
    std::vector<Hash> hashes;
    while (tree_->size() + hashes.size() < end) {
        const auto batch = cursor.poll();
        const std::string where = "offset " + std::to_string(cursor.position());
        if (!batch) return Error{batch.error(), where};
        if (batch->empty()) return Error{Errc::damaged, where};
        for (const log::EventView& record : *batch) {
            if (record.offset >= end) break;
            const auto event = decode_event(record.payload);
            if (!event) return Error{event.error(), "offset " + std::to_string(record.offset)};
            hashes.push_back(event->event_hash);
        }
        if (hashes.size() < kLeavesAtOnce && tree_->size() + hashes.size() < end) continue;
        if (auto appended = tree_->append(hashes); !appended) return std::move(appended.error());
        hashes.clear();
    }
    return std::nullopt;
}

Result<Head> Core::head_of(const TreeFile& tree, std::optional<std::uint64_t> size) {
    if (size && *size > tree.size()) return failed(Errc::not_found, "a size of " + std::to_string(*size));
    Head head;
    head.ledger = topic_.name();
    head.size = size.value_or(tree.size());
    const auto root = tree.root(head.size);
    if (!root) return tl::unexpected(root.error());
    head.root = *root;
    if (head.size > 0) {
        const auto first = read(0);
        if (!first) return tl::unexpected(first.error());
        head.origin = (*first)->header.event_id;
    }
    if (config_.signing_key) head.sign(*config_.signing_key);
    return head;
}

// A tree whose file was damaged is made again once.
template <typename F>
auto Core::with_tree(F&& use) -> decltype(use(std::declval<TreeFile&>())) {
    const std::lock_guard lock{tree_mutex_};
    for (int tries = 0;; ++tries) {
        const auto tree = this->tree();
        if (!tree) return tl::unexpected(tree.error());
        auto result = use(**tree);
        if (result || result.error().code != Errc::damaged || tries > 0) return result;
        warn("the tree of proofs is damaged, and is made again");
        if (auto cut = tree_->truncate(0); !cut) return tl::unexpected(std::move(cut.error()));
    }
}

Result<Head> Core::head() {
    return with_tree([&](TreeFile& tree) { return head_of(tree, std::nullopt); });
}

Result<Proof> Core::prove(const EventId& id, std::optional<std::uint64_t> size) {
    const auto global = find(id);
    if (!global) return tl::unexpected(global.error());
    const auto event = read(*global);
    if (!event) return tl::unexpected(event.error());
    return with_tree([&](TreeFile& tree) -> Result<Proof> {
        auto head = head_of(tree, size);
        if (!head) return tl::unexpected(std::move(head.error()));
        if (*global >= head->size) return failed(Errc::not_found, "event " + id.to_text() + " in that head");
        auto path = tree.inclusion(*global, head->size);
        if (!path) return tl::unexpected(std::move(path.error()));
        const auto copy = [](Bytes bytes) { return std::vector<std::byte>(bytes.begin(), bytes.end()); };
        const EventView& view = **event;
        return Proof{std::move(*head),         *global,
                     view.header.event_id,     view.prev_hash,
                     std::string{view.entity}, std::string{view.scope},
                     copy(view.header_bytes),  copy(view.tail),
                     copy(view.payload),       std::move(*path)};
    });
}

Result<Extension> Core::prove_extension(std::uint64_t old_size, std::optional<std::uint64_t> size) {
    return with_tree([&](TreeFile& tree) -> Result<Extension> {
        auto head = head_of(tree, size);
        if (!head) return tl::unexpected(std::move(head.error()));
        if (old_size > head->size) return failed(Errc::not_found, "a size of " + std::to_string(old_size));
        auto path = tree.consistency(old_size, head->size);
        if (!path) return tl::unexpected(std::move(path.error()));
        return Extension{std::move(*head), old_size, std::move(*path)};
    });
}

}  // namespace station::ledger
