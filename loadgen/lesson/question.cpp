#include <loadgen/lesson/question.hpp>

#include <algorithm>
#include <array>
#include <loadgen/lesson/finding.hpp>

namespace station::lesson {
namespace {

const std::array<Question, 11>& questions() {
    using Truth = Question::Truth;
    static const std::array<Question, 11> all{{
        {.step = 1,
         .text = "50 clients come at once, and each stays 100 ms. After how many seconds has the last one left?",
         .unit = "s",
         .example = "500 ms",
         .finding = "step01.one-at-a-time"},
        {.step = 2,
         .text = "The same 50 clients, 100 ms each. After how many seconds has the last one left now?",
         .unit = "s",
         .example = "500 ms",
         .finding = "step02.all-at-once"},
        {.step = 3,
         .text = "1,610 requests, most of them broken in one way or another. How many get the right reply?",
         .example = "50 %",
         .finding = "step03.one-reply-each",
         .whole = 1610},
        {.step = 4,
         .text =
             "An event costs 1 ms of work, and 64 clients ask at once. What is the 99th percentile of the time to a "
             "reply, in ms?",
         .unit = "ms",
         .example = "10 ms",
         .finding = "step04.everybody-waits",
         .figure = "step04-latency"},
        {.step = 5,
         .text = "3,000 events a second come, and one thread can do 1,000. How many a second are refused?",
         .unit = "events/s",
         .example = "1k, or 50 %",
         .finding = "step05.says-no",
         .whole = 3000},
        {.step = 6,
         .text =
             "Eight workers add 1 to the same balance, some thousand times. What share of the updates is lost, in %?",
         .unit = "%",
         .example = "50 %",
         .finding = "step06.updates-are-lost",
         .truth = Truth::percent},
        {.step = 7,
         .text =
             "An event costs 1 ms under the one lock, and there are eight workers. How many events a second do they "
             "do?",
         .unit = "events/s",
         .example = "1k",
         .finding = "step07.one-lock",
         .figure = "step07-scaling"},
        {.step = 8,
         .text = "A lock for each of 64 shards, 1 ms of work, eight workers. How many events a second do they do now?",
         .unit = "events/s",
         .example = "1k",
         .finding = "step08.shards-scale",
         .figure = "step08-scaling"},
        {.step = 9,
         .text = "Ctrl+C under full load; the queue has 1,024 places. How many accepted events are lost?",
         .example = "500",
         .finding = "step09.interrupt-loses",
         .whole = 1024},
        {.step = 10,
         .text = "Ctrl+C under full load, again and again. How many accepted events are lost, all tries together?",
         .example = "500",
         .finding = "step10.nothing-accepted-is-lost"},
        {.step = kFinalStation,
         .text = "Every event is on the disk before it is acknowledged. How many times as many a second are there with "
                 "1,000 in flight as with one?",
         .unit = "times",
         .example = "10 times",
         .finding = "final.group-commit",
         .truth = Truth::ratio},
    }};
    return all;
}

}  // namespace

const Question* question_of(int step) {
    const auto found = std::find_if(questions().begin(), questions().end(),
                                    [&](const Question& question) { return question.step == step; });
    return found == questions().end() ? nullptr : &*found;
}

}  // namespace station::lesson
