#include <algorithm>
#include <atomic>
#include <limits>
#include <new>
#include <station/ledger/store/detail/index.hpp>
#include <station/ledger/store/detail/index_files.hpp>
#include <station/ledger/store/detail/index_memory.hpp>
#include <station/ledger/store/detail/index_select.hpp>
#include <utility>

namespace station::ledger {
namespace {

using detail::MemoryTable;
using detail::Part;
using detail::Parts;
using Tables = std::vector<std::shared_ptr<MemoryTable>>;

// A lock for many readers that a writer gets although they never stop: new ones queue behind it.
class ReadMostly {
  public:
    base::SharedMutex mutex;

    // Before sharing the mutex.
    void let_writer_pass() {
        if (!writer_waits_.load(std::memory_order_acquire)) return;
        const base::Lock behind_it{turnstile_};
    }
    template <typename Change>
    void change(Change change) {
        const base::Lock first{turnstile_};
        writer_waits_.store(true, std::memory_order_release);
        const base::Lock alone{mutex};
        writer_waits_.store(false, std::memory_order_release);
        change();
    }

  private:
    base::Mutex turnstile_;
    std::atomic<bool> writer_waits_{false};
};

// Which part knows this record.
const Part* find_part(const Parts& parts, Global global) {
    const auto after = std::upper_bound(parts.begin(), parts.end(), global,
                                        [](Global wanted, const auto& part) { return wanted < part->to(); });
    return after == parts.end() ? nullptr : after->get();
}

template <typename Source>
void select_in(const Source& source, const Region& region, std::pair<Global, Global> range, std::size_t limit,
               std::vector<Global>& into) {
    const Global from = std::max(source.from(), range.first);
    const Global end = std::min(source.to(), range.second);
    if (from < end) detail::Selection{source, region, from, end}.run(limit, into);
}

}  // namespace

struct Index::Impl {
    explicit Impl(Config given)
        : config(std::move(given)), files(config.disk, config.folder, config.warn), parts(std::make_shared<Parts>()) {}

    Config config;
    detail::PartFiles files;

    mutable ReadMostly gate;
    // Both change together. Only who checkpoints changes `parts`, and it may read them as it likes. Of the tables the
    // last one grows; those before it are about to be parts, or could not be made into parts yet.
    std::shared_ptr<const Parts> parts;
    Tables tables{std::make_shared<MemoryTable>(0)};

    // `ask` gets both, while neither changes.
    template <typename Ask>
    auto look(Ask ask) const {
        gate.let_writer_pass();
        const base::SharedLock lock{gate.mutex};
        return ask(*parts, tables);
    }

    // Of the part or the table that knows the record; `none` where nobody does.
    template <typename T, typename Ask>
    static T in_record(const Parts& in_parts, const Tables& in_tables, Global global, T none, Ask ask) {
        if (global >= in_tables.back()->to()) return none;
        for (auto table = in_tables.rbegin(); table != in_tables.rend(); ++table) {
            if (global >= (*table)->from()) return ask(**table);
        }
        return ask(*find_part(in_parts, global));
    }
    template <typename T, typename Ask>
    T of_record(Global global, T none, Ask ask) const {
        return look([&](const Parts& in_parts, const Tables& in_tables) {
            return in_record(in_parts, in_tables, global, none, ask);
        });
    }

    // What came last counts.
    static std::optional<EntityHead> entity_in(const Parts& parts, const Tables& tables, std::uint64_t hash,
                                               std::string_view name) {
        for (auto table = tables.rbegin(); table != tables.rend(); ++table) {
            if (const auto head = (*table)->entity(hash, name)) return head;
        }
        for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
            if (const auto head = (*part)->entity(hash, name)) return head;
        }
        return std::nullopt;
    }

    void install(Parts fresh) {
        auto next = std::make_shared<const Parts>(std::move(fresh));
        gate.change([&] { parts.swap(next); });
    }

    // All there is; a table that begins behind it is the only one.
    void replace(Parts fresh) {
        Tables empty{std::make_shared<MemoryTable>(fresh.empty() ? 0 : fresh.back()->to())};
        auto next = std::make_shared<const Parts>(std::move(fresh));
        gate.change([&] {
            parts.swap(next);
            tables.swap(empty);
        });
    }

    // Whoever appends goes on in a new table meanwhile.
    std::error_code freeze() {
        Tables frozen;
        gate.change([&] {
            const Global end = tables.back()->to();
            if (end > tables.back()->from()) tables.push_back(std::make_shared<MemoryTable>(end));
            frozen.assign(tables.begin(), std::prev(tables.end()));
        });
        for (const auto& table : frozen) {
            auto part = files.write(*table);
            if (!part) return part.error();
            Parts fresh = *parts;
            fresh.push_back(std::move(*part));
            auto next = std::make_shared<const Parts>(std::move(fresh));
            gate.change([&] {
                parts.swap(next);
                tables.erase(tables.begin());
            });
        }
        return {};
    }

    // False: there is nothing to merge, or it can't be done now.
    bool merge() {
        std::vector<std::uint64_t> records;
        for (const auto& part : *parts) records.push_back(part->to() - part->from());
        const auto [begin, end] = detail::parts_to_merge(records, std::max(config.merge_of, 2U));
        if (begin == end) return false;
        const Parts old{parts->begin() + static_cast<std::ptrdiff_t>(begin),
                        parts->begin() + static_cast<std::ptrdiff_t>(end)};
        const detail::MergedParts together{old};
        if (together.is_too_large()) return false;
        auto part = files.write(together);
        if (!part) {
            files.warn("parts of the index are not merged: " + part.error().message());
            return false;
        }
        Parts fresh = *parts;
        fresh.erase(fresh.begin() + static_cast<std::ptrdiff_t>(begin + 1),
                    fresh.begin() + static_cast<std::ptrdiff_t>(end));
        fresh[begin] = std::move(*part);
        install(std::move(fresh));
        for (const auto& merged : old) files.remove(*merged);
        return true;
    }
};

Index::Index(Config config) : impl_(std::make_unique<Impl>(std::move(config))) {}
Index::~Index() = default;

std::error_code Index::load() {
    if (!impl_->files.has_folder()) return {};
    auto parts = impl_->files.load(impl_->config.read_only);
    if (!parts) return parts.error();
    impl_->replace(std::move(*parts));
    return {};
}

std::vector<PartEnd> Index::ends() const {
    return impl_->look([](const Parts& parts, const Tables&) {
        std::vector<PartEnd> ends;
        for (const auto& part : parts) ends.push_back(part->end());
        return ends;
    });
}

void Index::drop_from(Global global) {
    if (global >= end()) return;
    Parts kept = *impl_->parts;
    while (!kept.empty() && kept.back()->to() > global) {
        if (!impl_->config.read_only) impl_->files.remove(*kept.back());
        kept.pop_back();
    }
    impl_->replace(std::move(kept));
}

void Index::append(std::span<const IndexEntry> entries) {
    impl_->gate.change([&] {
        MemoryTable& memory = *impl_->tables.back();
        for (const IndexEntry& entry : entries) {
            std::optional<Global> first;
            // The first time that this table hears of an entity which has a past.
            if (!entry.hidden && entry.previous && *entry.previous < memory.from()) {
                const std::uint64_t hash = detail::hash_of_name(entry.entity);
                const auto head = Impl::entity_in(*impl_->parts, impl_->tables, hash, entry.entity);
                first = head ? head->first : *entry.previous;
            }
            memory.append(entry, first);
        }
    });
}

std::error_code Index::checkpoint() try {
    if (!impl_->files.has_folder() || impl_->config.read_only) return {};
    if (const auto error = impl_->freeze()) return error;
    while (impl_->merge()) {
    }
    return {};
} catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
}

std::uint64_t Index::in_memory() const {
    return impl_->look([](const Parts&, const Tables& tables) { return tables.back()->to() - tables.front()->from(); });
}

Global Index::end() const {
    return impl_->look([](const Parts&, const Tables& tables) { return tables.back()->to(); });
}

std::uint32_t Index::position(Global global) const {
    return impl_->of_record(global, std::uint32_t{0}, [&](const auto& source) { return source.position(global); });
}

std::pair<std::uint32_t, std::uint32_t> Index::positions(Global global) const {
    return impl_->look([&](const Parts& parts, const Tables& tables) {
        const auto of = [&](Global one) {
            return Impl::in_record(parts, tables, one, std::uint32_t{0},
                                   [&](const auto& source) { return source.position(one); });
        };
        return std::pair{of(global), of(global + 1)};
    });
}

bool Index::hidden(Global global) const {
    return impl_->of_record(global, false,
                            [&](const auto& source) { return source.hidden().contains(global - source.from()); });
}

std::optional<Global> Index::previous(Global global) const {
    const auto distance =
        impl_->of_record(global, std::uint32_t{0}, [&](const auto& source) { return source.distance(global); });
    return distance == 0 ? std::nullopt : std::optional{global - distance};
}

std::optional<EntityHead> Index::entity(std::string_view name) const {
    const std::uint64_t hash = detail::hash_of_name(name);
    return impl_->look(
        [&](const Parts& parts, const Tables& tables) { return Impl::entity_in(parts, tables, hash, name); });
}

std::uint64_t Index::entities() const {
    return impl_->look([](const Parts& parts, const Tables& tables) {
        std::uint64_t sum = 0;
        for (const auto& table : tables) sum += table->new_entities();
        for (const auto& part : parts) sum += part->new_entities();
        return sum;
    });
}

Index::IdRange Index::find_id(const EventId& id) const {
    const detail::IdHead wanted = detail::head_of(id);
    return impl_->look([&](const Parts& parts, const Tables& tables) {
        // The first that passes lies in the last part or table that begins with one which does not, or right behind it.
        const auto search = [&](auto does_not_pass, auto first_in) -> Global {
            for (auto table = tables.rbegin(); table != tables.rend(); ++table) {
                if ((*table)->begins_with(does_not_pass)) return first_in(**table);
            }
            if (parts.empty()) return first_in(*tables.front());
            const auto after = std::partition_point(parts.begin(), parts.end(),
                                                    [&](const auto& part) { return does_not_pass(part->first_id()); });
            return after == parts.begin() ? 0 : first_in(**std::prev(after));
        };
        IdRange range;
        range.begin = search([&](std::uint64_t prefix) { return prefix < wanted.prefix; },
                             [&](const auto& source) { return source.first_from(wanted.prefix); });
        range.end = search([&](std::uint64_t prefix) { return prefix <= wanted.prefix; },
                           [&](const auto& source) { return source.first_after(wanted.prefix); });
        range.likely = range.begin;
        if (range.end <= range.begin) return range;
        // Ids of one millisecond are numbered without a gap.
        const auto first = Impl::in_record(parts, tables, range.begin, detail::IdHead{},
                                           [&](const auto& source) { return source.id(range.begin); });
        const auto number = detail::number_between(first, wanted);
        if (number) range.likely += std::min(*number, range.end - range.begin - 1);
        return range;
    });
}

std::vector<Global> Index::find_key(const EventId& key) const {
    const std::uint64_t hash = detail::hash_of_key(key);
    const std::uint32_t upper = detail::upper_half(hash);
    std::vector<Global> found;
    impl_->look([&](const Parts& parts, const Tables& tables) {
        // Mostly it is in none of them, and all must be asked: their memory is waited for at the same time.
        for (const auto& part : parts) part->keys().fetch_directory(upper);
        for (const auto& part : parts) part->keys().fetch_pairs(upper);
        for (const auto& part : parts) part->find_key(hash, found);
        for (const auto& table : tables) table->find_key(key, found);
    });
    return found;
}

std::vector<Global> Index::select(const Region& region, Global from, Global end, std::size_t limit) const {
    if (region.sequences) limit = std::numeric_limits<std::size_t>::max();
    const std::pair range{from, end};
    std::vector<Global> recent;
    const auto parts = impl_->look([&](const Parts&, const Tables& tables) {
        for (const auto& table : tables) {
            if (recent.size() < limit) select_in(*table, region, range, limit - recent.size(), recent);
        }
        return impl_->parts;
    });
    // Parts do not change: whoever appends need not wait for them.
    std::vector<Global> found;
    for (const auto& part : *parts) {
        if (found.size() < limit) select_in(*part, region, range, limit - found.size(), found);
    }
    recent.resize(std::min(recent.size(), limit - found.size()));
    found.insert(found.end(), recent.begin(), recent.end());
    return found;
}

Index::Memory Index::memory() const {
    return impl_->look([](const Parts& parts, const Tables& tables) {
        Memory sum;
        for (const auto& table : tables) sum.owned += table->bytes();
        for (const auto& part : parts) {
            sum.owned += sizeof(Part);
            sum.mapped += part->file_size();
        }
        return sum;
    });
}

}  // namespace station::ledger
