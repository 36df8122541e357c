#include "agent/probe/log_line.h"

#include <array>
#include <chrono>
#include <utility>

namespace fleet::agent {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes text apart from its begin; what does not fit leaves it where it was.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool Take(char c) {
    if (!Peek(c)) return false;
    ++at_;
    return true;
  }
  bool Peek(char c) const { return at_ < text_.size() && text_[at_] == c; }
  std::optional<int> Digits(std::size_t count) {
    if (at_ + count > text_.size()) return std::nullopt;
    int value = 0;
    for (std::size_t i = at_; i < at_ + count; ++i) {
      if (!IsDigit(text_[i])) return std::nullopt;
      value = 10 * value + (text_[i] - '0');
    }
    at_ += count;
    return value;
  }
  // Behind a decimal point: in ms, whatever the precision.
  int Fraction() {
    int ms = 0;
    int weight = 100;
    for (; at_ < text_.size() && IsDigit(text_[at_]); ++at_, weight /= 10) ms += weight * (text_[at_] - '0');
    return ms;
  }
  std::size_t at() const { return at_; }
  void Return(std::size_t at) { at_ = at; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<std::int64_t> DayMs(Reader& reader) {
  const auto year = reader.Digits(4);
  if (!year || !reader.Take('-')) return std::nullopt;
  const auto month = reader.Digits(2);
  if (!month || !reader.Take('-')) return std::nullopt;
  const auto day = reader.Digits(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::milliseconds(std::chrono::sys_days(date).time_since_epoch()).count();
}

// Hours, minutes and seconds, with or without colons.
std::optional<std::int64_t> ClockMs(Reader& reader, bool colons) {
  const auto hour = reader.Digits(2);
  if (!hour || *hour > 23 || (colons && !reader.Take(':'))) return std::nullopt;
  const auto minute = reader.Digits(2);
  if (!minute || *minute > 59 || (colons && !reader.Take(':'))) return std::nullopt;
  const auto second = reader.Digits(2);
  if (!second || *second > 60) return std::nullopt;
  return (std::int64_t{*hour} * 60 + *minute) * kMinuteMs + *second * 1000;
}

// How far the zone is ahead of UTC.
std::int64_t ZoneMs(Reader& reader) {
  const std::size_t begin = reader.at();
  if (reader.Take('Z')) return 0;
  const bool behind = reader.Peek('-');
  if (!reader.Take('+') && !reader.Take('-')) return 0;
  const auto hours = reader.Digits(2);
  reader.Take(':');
  const auto minutes = reader.Digits(2);
  if (!hours || !minutes || *hours > 15 || *minutes > 59) {
    reader.Return(begin);
    return 0;
  }
  const std::int64_t ms = (std::int64_t{*hours} * 60 + *minutes) * kMinuteMs;
  return behind ? -ms : ms;
}

constexpr std::array<std::pair<std::string_view, LogLevel>, 7> kLevels = {{{"INFO", LogLevel::kInfo},
                                                                           {"WARNING", LogLevel::kWarn},
                                                                           {"WARN", LogLevel::kWarn},
                                                                           {"ERROR", LogLevel::kError},
                                                                           {"FATAL", LogLevel::kFatal},
                                                                           {"DEBUG", LogLevel::kDebug},
                                                                           {"TRACE", LogLevel::kDebug}}};

// A level as a whole word, in brackets or not, at the begin of `text`; takes it and what separates it off.
LogLevel TakeLevel(std::string_view& text) {
  const bool bracket = text.substr(0, 1) == "[";
  const std::string_view word = text.substr(bracket ? 1 : 0);
  for (const auto& [name, level] : kLevels) {
    if (word.substr(0, name.size()) != name) continue;
    std::string_view behind = word.substr(name.size());
    if (bracket && behind.substr(0, 1) != "]") continue;
    if (!behind.empty() && behind.find_first_of("]: \t|") != 0) continue;
    const std::size_t next = behind.find_first_not_of("]: \t|");
    text = next == std::string_view::npos ? std::string_view() : behind.substr(next);
    return level;
  }
  return LogLevel::kNone;
}

// A time, in brackets or not.
std::optional<std::int64_t> TakeTime(std::string_view& text) {
  const bool bracket = text.substr(0, 1) == "[";
  const auto time = ParseLogTime(text.substr(bracket ? 1 : 0));
  if (!time) return std::nullopt;
  std::string_view behind = text.substr((bracket ? 1U : 0U) + time->length);
  const std::size_t next = behind.find_first_not_of("] \t,|");
  text = next == std::string_view::npos ? std::string_view() : behind.substr(next);
  return time->ms;
}

// The key=value pairs that Go's slog begins a line with.
LogLine ParseSlog(std::string_view line) {
  LogLine parsed;
  std::string_view text = line.substr(5);
  parsed.time_ms = TakeTime(text);
  if (parsed.time_ms && text.substr(0, 6) == "level=") {
    text.remove_prefix(6);
    parsed.level = TakeLevel(text);
  }
  parsed.rest = text;
  return parsed;
}

}  // namespace

std::optional<LogTime> ParseLogTime(std::string_view text) {
  Reader reader(text);
  const auto day = DayMs(reader);
  if (!day || (!reader.Take('T') && !reader.Take(' '))) return std::nullopt;
  const auto clock = ClockMs(reader, true);
  if (!clock) return std::nullopt;
  std::int64_t ms = *day + *clock;
  const std::size_t point = reader.at();
  if (reader.Take('.') || reader.Take(',')) {
    const std::size_t digits = reader.at();
    ms += reader.Fraction();
    if (reader.at() == digits) reader.Return(point);
  }
  ms -= ZoneMs(reader);
  return LogTime{ms, reader.at()};
}

LogLine ParseLogLine(std::string_view line) {
  if (line.substr(0, 5) == "time=") return ParseSlog(line);
  LogLine parsed;
  parsed.rest = line;
  parsed.level = TakeLevel(parsed.rest);
  parsed.time_ms = TakeTime(parsed.rest);
  if (parsed.time_ms && parsed.level == LogLevel::kNone) parsed.level = TakeLevel(parsed.rest);
  // The delta of dgmo's server: +12ms.
  if (parsed.time_ms && parsed.rest.substr(0, 1) == "+") {
    const std::size_t end = parsed.rest.find_first_not_of("0123456789", 1);
    if (end != std::string_view::npos && end > 1 && parsed.rest.substr(end, 3) == "ms ") {
      parsed.rest.remove_prefix(end + 3);
    }
  }
  return parsed;
}

std::optional<std::int64_t> StartFromName(std::string_view name) {
  Reader reader(name);
  const auto day = DayMs(reader);
  if (!day || !reader.Take('T')) return std::nullopt;
  const auto clock = ClockMs(reader, false);
  if (!clock || name.substr(reader.at()) != ".log") return std::nullopt;
  return *day + *clock;
}

std::optional<ExecutedTask> ParseExecutedTask(std::string_view line) {
  constexpr std::string_view kSession = "Task executed - Session: ";
  constexpr std::string_view kDescription = ", Description: ";
  if (line.substr(0, 1) != "[") return std::nullopt;
  const LogLine parsed = ParseLogLine(line);
  if (!parsed.time_ms || parsed.rest.substr(0, kSession.size()) != kSession) return std::nullopt;
  const std::string_view rest = parsed.rest.substr(kSession.size());
  const std::size_t end = rest.find(kDescription);
  if (end == std::string_view::npos) return std::nullopt;
  return ExecutedTask{*parsed.time_ms, rest.substr(0, end), rest.substr(end + kDescription.size())};
}

}  // namespace fleet::agent
