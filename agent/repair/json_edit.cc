#include "agent/repair/json_edit.h"

#include <simdjson.h>

#include <charconv>
#include <utility>

#include "agent/repair/js_text.h"
#include "agent/store/json_tolerance.h"
#include "agent/store/jsonc.h"
#include "agent/store/padded_text.h"

namespace fleet::agent {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Member {
  std::string key;  // empty in an array
  Span whole;       // with its key
  Span value;
};

struct Container {
  bool is_object = false;
  Span span;
  std::vector<Member> members;
};

// Plain JSON whose offsets are those of the original.
std::string Plain(std::string_view text) {
  PaddedText plain(WithoutComments(text).text);
  NeutraliseWhatJavaScriptReads(plain);
  std::string json(plain.view());
  if (json.compare(0, kUtf8Mark.size(), kUtf8Mark) == 0) json.replace(0, kUtf8Mark.size(), "   ");
  return json;
}

// One level of a value, read from a copy of its bytes.
class Level {
 public:
  Level(std::string_view plain, Span span) : text_(plain.substr(span.begin, span.end - span.begin)), span_(span) {}

  std::optional<Container> Read() {
    ondemand::document document;
    const std::size_t size = text_.view().size();
    if (parser_.iterate(text_.data(), size, size + PaddedText::kPadding).get(document) != simdjson::SUCCESS) {
      return std::nullopt;
    }
    ondemand::json_type type{};
    if (document.type().get(type) != simdjson::SUCCESS) return std::nullopt;
    Container container;
    container.span = span_;
    container.is_object = type == ondemand::json_type::object;
    const bool read = container.is_object
                          ? ReadObject(document, container.members)
                          : type == ondemand::json_type::array && ReadArray(document, container.members);
    if (!read) return std::nullopt;
    return container;
  }

 private:
  bool ReadObject(ondemand::document& document, std::vector<Member>& members) {
    ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) return false;
    for (auto each : object) {
      ondemand::field field;
      if (std::move(each).get(field) != simdjson::SUCCESS) return false;
      Member member;
      const std::size_t key = Offset(field.key().raw()) - 1;
      std::string_view name;
      if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
      member.key = std::string(name);
      ondemand::value value = field.value();
      if (!SpanOf(value, member.value)) return false;
      member.whole = {key, member.value.end};
      members.push_back(std::move(member));
    }
    return true;
  }

  bool ReadArray(ondemand::document& document, std::vector<Member>& members) {
    ondemand::array array;
    if (document.get_array().get(array) != simdjson::SUCCESS) return false;
    for (auto each : array) {
      ondemand::value value;
      if (std::move(each).get(value) != simdjson::SUCCESS) return false;
      Member member;
      if (!SpanOf(value, member.value)) return false;
      member.whole = member.value;
      members.push_back(std::move(member));
    }
    return true;
  }

  bool SpanOf(ondemand::value& value, Span& span) const {
    std::string_view json;
    if (simdjson::to_json_string(value).get(json) != simdjson::SUCCESS) return false;
    const std::size_t last = json.find_last_not_of(" \t\r\n");
    span.begin = Offset(json.data());
    span.end = span.begin + (last == std::string_view::npos ? 0 : last + 1);
    return true;
  }

  std::size_t Offset(const char* at) const { return span_.begin + static_cast<std::size_t>(at - text_.view().data()); }

  PaddedText text_;
  Span span_;
  ondemand::parser parser_;
};

// The last one counts, as in JavaScript.
const Member* Find(const Container& container, const JsonStep& step) {
  const auto* key = std::get_if<std::string>(&step);
  if (container.is_object) {
    const Member* found = nullptr;
    for (const Member& member : container.members) {
      if (key != nullptr && member.key == *key) found = &member;
    }
    return found;
  }
  std::size_t index = 0;
  if (key == nullptr) {
    index = std::get<std::size_t>(step);
  } else if (std::from_chars(key->data(), key->data() + key->size(), index).ptr != key->data() + key->size()) {
    return nullptr;
  }
  return index < container.members.size() ? &container.members[index] : nullptr;
}

std::optional<Span> SpanAt(std::string_view plain, const JsonPath& path, std::size_t steps) {
  Span span{0, plain.size()};
  for (std::size_t i = 0; i < steps; ++i) {
    const std::optional<Container> container = Level(plain, span).Read();
    const Member* member = container ? Find(*container, path[i]) : nullptr;
    if (member == nullptr) return std::nullopt;
    span = member->value;
  }
  return span;
}

std::optional<Container> ContainerAt(std::string_view plain, const JsonPath& path, std::size_t steps) {
  const std::optional<Span> span = SpanAt(plain, path, steps);
  return span ? Level(plain, *span).Read() : std::nullopt;
}

std::string Replaced(std::string_view text, Span span, std::string_view by) {
  return std::string(text.substr(0, span.begin)).append(by).append(text.substr(span.end));
}

std::string WithMember(std::string_view text, std::string_view plain, const Container& object, const std::string& key,
                       std::string_view json) {
  const std::string name = ToJsonString(FromUtf8(key));
  if (object.members.empty()) {
    const std::size_t inside = plain.find('{', object.span.begin) + 1;
    return Replaced(text, {inside, inside}, name + ":" + std::string(json));
  }
  const Member& first = object.members.front();
  const std::size_t line = plain.rfind('\n', first.whole.begin);
  const bool on_lines = line != std::string_view::npos && line > object.span.begin;
  const std::string before(on_lines ? plain.substr(line, first.whole.begin - line) : "");
  const std::size_t colon = plain.rfind(':', first.value.begin);
  const std::string between(plain.substr(colon, first.value.begin - colon));
  const std::size_t end = object.members.back().value.end;
  return Replaced(text, {end, end}, "," + before + name + between + std::string(json));
}

}  // namespace

JsonPath PathOfPointer(std::string_view pointer) {
  JsonPath path;
  for (std::size_t at = 0; at < pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
    std::string key(pointer.substr(at + 1, end - at - 1));
    for (const auto& [escape, character] : {std::pair("~1", '/'), std::pair("~0", '~')}) {
      for (std::size_t found = key.find(escape); found != std::string::npos; found = key.find(escape, found + 1)) {
        key.replace(found, 2, 1, character);
      }
    }
    path.emplace_back(std::move(key));
    at = end;
  }
  return path;
}

std::optional<std::string> JsonAt(std::string_view text, const JsonPath& path) {
  const std::optional<Span> span = SpanAt(Plain(text), path, path.size());
  if (!span) return std::nullopt;
  return std::string(text.substr(span->begin, span->end - span->begin));
}

std::optional<std::vector<std::string>> JsonKeys(std::string_view text, const JsonPath& path) {
  const std::optional<Container> container = ContainerAt(Plain(text), path, path.size());
  if (!container || !container->is_object) return std::nullopt;
  std::vector<std::string> keys;
  for (const Member& member : container->members) keys.push_back(member.key);
  return keys;
}

std::optional<std::size_t> JsonSize(std::string_view text, const JsonPath& path) {
  const std::optional<Container> container = ContainerAt(Plain(text), path, path.size());
  if (!container || container->is_object) return std::nullopt;
  return container->members.size();
}

std::optional<std::string> WithJson(std::string_view text, const JsonPath& path, std::string_view json) {
  if (path.empty()) return std::nullopt;
  const std::string plain = Plain(text);
  const std::optional<Container> container = ContainerAt(plain, path, path.size() - 1);
  if (!container) return std::nullopt;
  if (const Member* member = Find(*container, path.back())) return Replaced(text, member->value, json);
  const auto* key = std::get_if<std::string>(&path.back());
  if (!container->is_object || key == nullptr) return std::nullopt;
  return WithMember(text, plain, *container, *key, json);
}

std::optional<std::string> WithoutJson(std::string_view text, const JsonPath& path) {
  if (path.empty()) return std::nullopt;
  const std::optional<Container> container = ContainerAt(Plain(text), path, path.size() - 1);
  const Member* member = container ? Find(*container, path.back()) : nullptr;
  if (member == nullptr) return std::nullopt;
  Span span = member->whole;
  if (member != &container->members.back()) {
    span.end = (member + 1)->whole.begin;
  } else if (member != &container->members.front()) {
    span.begin = (member - 1)->whole.end;
  }
  return Replaced(text, span, "");
}

}  // namespace fleet::agent
