#include <loadgen/lesson/observer.hpp>

namespace station::lesson {

using What = target::TraceEvent::What;

void RunRecorder::end(std::string output) {
    seen_->trace = recorder_.trace();
    seen_->output = std::move(output);
}

void RunRecorder::connected(std::size_t connection) { recorder_.note(std::to_string(connection), What::connected); }

void RunRecorder::sent(std::size_t connection, std::string_view bytes) {
    recorder_.note(std::to_string(connection), What::sent, bytes);
}

void RunRecorder::received(std::size_t connection, std::string_view bytes) {
    recorder_.note(std::to_string(connection), What::received, bytes);
}

void RunRecorder::closed(std::size_t connection) { recorder_.note(std::to_string(connection), What::closed); }

std::shared_ptr<RunRecorder> Observer::begin(const std::vector<std::string>& options) {
    last_ = std::make_shared<SeenRun>(SeenRun{.options = options, .trace = {}, .output = {}});
    runs_[finding_] = last_;
    return std::make_shared<RunRecorder>(last_);
}

std::shared_ptr<const SeenRun> Observer::last_run(const std::string& finding) const {
    const auto found = runs_.find(finding);
    return found != runs_.end() ? found->second : last_;
}

}  // namespace station::lesson
