// Writes compact JSON at the end of a string, from left to right: keys in the order they are given, nothing kept but
// whether a comma is due. Whoever writes sees to it that what begins ends, and that a value follows each key. Not
// thread-safe; the string outlives the writer.
//
//   JsonWriter(out).begin_object().member("status", "accepted").member("offset", offset).end_object();
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace station::wire {

// What a JSON string needs escaped, without quotes around it. What is not UTF-8 becomes U+FFFD, so that the text is
// JSON whatever a file was named.
void append_escaped(std::string& out, std::string_view text);

class JsonWriter {
  public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& begin_object() { return begin('{'); }
    JsonWriter& end_object() { return end('}'); }
    JsonWriter& begin_array() { return begin('['); }
    JsonWriter& end_array() { return end(']'); }

    JsonWriter& key(std::string_view name);
    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view{text}); }
    JsonWriter& value(std::same_as<bool> auto truth) { return raw(truth ? "true" : "false"); }
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    JsonWriter& value(T number) {
        char digits[24];
        return raw({digits, std::to_chars(digits, digits + sizeof digits, number).ptr});
    }
    // The shortest text that is read as the same number.
    JsonWriter& value(std::floating_point auto number) {
        char digits[32];
        return raw({digits, std::to_chars(digits, digits + sizeof digits, number).ptr});
    }
    // A value that is JSON already.
    JsonWriter& raw(std::string_view json) {
        comma();
        out_ += json;
        comma_ = true;
        return *this;
    }

    template <typename T>
    JsonWriter& member(std::string_view name, const T& its_value) {
        return key(name).value(its_value);
    }
    JsonWriter& raw_member(std::string_view name, std::string_view json) { return key(name).raw(json); }

  private:
    JsonWriter& begin(char bracket) {
        comma();
        out_ += bracket;
        comma_ = false;
        return *this;
    }
    JsonWriter& end(char bracket) {
        out_ += bracket;
        comma_ = true;
        return *this;
    }
    void comma() {
        if (comma_) out_ += ',';
    }

    std::string& out_;
    bool comma_ = false;
};

}  // namespace station::wire
