// Who watches the program under check while a lesson measures it, so that a finding that fails can show what was sent,
// what came back, and what the program wrote. Of each finding the last run is kept: a sweep ends with what is hardest.
#pragma once

#include <loadgen/hammer/plan.hpp>
#include <loadgen/lesson/lesson.hpp>
#include <loadgen/target/recorder.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace station::lesson {

struct SeenRun {
    std::vector<std::string> options;  // of the server
    target::Trace trace;               // a window of what the first connections sent and received
    std::string output;                // standard error
};

// One start of the program.
class RunRecorder : public hammer::Tap {
  public:
    explicit RunRecorder(std::shared_ptr<SeenRun> seen) : seen_(std::move(seen)) {}

    target::Recorder& recorder() { return recorder_; }
    void end(std::string output);

    void connected(std::size_t connection) override;
    void sent(std::size_t connection, std::string_view bytes) override;
    void received(std::size_t connection, std::string_view bytes) override;
    void closed(std::size_t connection) override;

  private:
    target::Recorder recorder_{{}};
    std::shared_ptr<SeenRun> seen_;
};

class Observer {
  public:
    // The runs from now on are about this finding. One thread at a time.
    void look_at(std::string_view finding) { finding_ = finding; }
    std::shared_ptr<RunRecorder> begin(const std::vector<std::string>& options);

    // The last run of a finding; of any, where it had none of its own; nullptr where there was none at all.
    std::shared_ptr<const SeenRun> last_run(const std::string& finding) const;

  private:
    std::string finding_;
    std::map<std::string, std::shared_ptr<SeenRun>> runs_;
    std::shared_ptr<SeenRun> last_;
};

}  // namespace station::lesson
