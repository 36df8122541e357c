#include "agent/store/json_error.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace fleet::agent {

namespace {

// Takes every event and remembers where the parser gave up.
class ErrorFinder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::optional<std::int64_t> offset;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  // `position` counts the bytes read, the offending one included; the end of the text counts as one.
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    offset = static_cast<std::int64_t>(position == 0 ? 0 : position - 1);
    return false;
  }
};

}  // namespace

std::optional<std::int64_t> JsonErrorOffset(std::string_view text) {
  ErrorFinder finder;
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &finder)) return std::nullopt;
  return std::min(finder.offset.value_or(0), static_cast<std::int64_t>(text.size()));
}

}  // namespace fleet::agent
