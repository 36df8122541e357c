#include "agent/store/config_schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string_view>

namespace fleet::agent {

namespace {

using nlohmann::json;

// Of every build, the newest included.
constexpr std::string_view kKeybinds[] = {"app_exit",
                                          "app_help",
                                          "editor_open",
                                          "file_close",
                                          "file_diff_toggle",
                                          "file_list",
                                          "file_search",
                                          "help",
                                          "history_next",
                                          "history_previous",
                                          "input_clear",
                                          "input_newline",
                                          "input_paste",
                                          "input_submit",
                                          "leader",
                                          "messages_copy",
                                          "messages_first",
                                          "messages_half_page_down",
                                          "messages_half_page_up",
                                          "messages_last",
                                          "messages_layout_toggle",
                                          "messages_next",
                                          "messages_page_down",
                                          "messages_page_up",
                                          "messages_previous",
                                          "messages_revert",
                                          "model_list",
                                          "project_init",
                                          "session_child_cycle",
                                          "session_child_cycle_reverse",
                                          "session_compact",
                                          "session_export",
                                          "session_interrupt",
                                          "session_list",
                                          "session_new",
                                          "session_share",
                                          "session_unshare",
                                          "sub_session_list",
                                          "switch_mode",
                                          "theme_list",
                                          "tool_details"};

// Top-level keys that the original product has got since dgmo parted from it.
constexpr std::string_view kOpencodeKeys[] = {
    "agent",     "command",      "compaction", "default_agent", "enabled_providers",
    "formatter", "instructions", "layout",     "logLevel",      "lsp",
    "mode",      "permission",   "plugin",     "server",        "share",
    "skills",    "small_model",  "snapshot",   "tools",         "tui",
    "username",  "watcher",      "enterprise"};

bool Knows(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string Escaped(std::string_view key) {
  std::string escaped;
  for (const char c : key) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// Walks a configuration; every function complains about what it does not expect at `at`.
class Validator {
 public:
  explicit Validator(ConfigDialect dialect) : dialect_(dialect) {}

  void Config(const json& config) {
    if (!Object(config, "")) return;
    for (const auto& [key, value] : config.items()) TopLevel(key, value, "/" + Escaped(key));
  }
  std::vector<SchemaViolation> Take() { return std::move(violations_); }

 private:
  using Check = void (Validator::*)(const json& value, const std::string& at);

  void Complain(const std::string& at, std::string_view expected) {
    violations_.push_back({at, std::string(expected)});
  }

  bool Object(const json& value, const std::string& at) {
    if (!value.is_object()) Complain(at, "an object");
    return value.is_object();
  }
  void AnyObject(const json& value, const std::string& at) { Object(value, at); }
  void Text(const json& value, const std::string& at) {
    if (!value.is_string()) Complain(at, "a text");
  }
  void Bool(const json& value, const std::string& at) {
    if (!value.is_boolean()) Complain(at, "true or false");
  }
  void Number(const json& value, const std::string& at) {
    if (!value.is_number()) Complain(at, "a number");
  }
  void Fraction(const json& value, const std::string& at) {
    if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > 1) Complain(at, "a number from 0 to 1");
  }
  void Texts(const json& value, const std::string& at) { Items(value, at, &Validator::Text); }
  void TextMap(const json& value, const std::string& at) { Values(value, at, &Validator::Text); }

  void Items(const json& value, const std::string& at, Check check) {
    if (!value.is_array()) return Complain(at, "a list");
    for (std::size_t i = 0; i < value.size(); ++i) (this->*check)(value[i], at + "/" + std::to_string(i));
  }
  void Values(const json& value, const std::string& at, Check check) {
    if (!Object(value, at)) return;
    for (const auto& [key, inner] : value.items()) (this->*check)(inner, at + "/" + Escaped(key));
  }

  struct Key {
    std::string_view name;
    Check check;
    bool required = false;
  };
  // An object's known keys; others are refused when it is closed.
  void Keys(const json& value, const std::string& at, std::initializer_list<Key> keys, bool closed) {
    if (!Object(value, at)) return;
    for (const Key& key : keys) {
      const auto found = value.find(key.name);
      if (found != value.end()) {
        (this->*key.check)(*found, at + "/" + Escaped(key.name));
      } else if (key.required) {
        Complain(at + "/" + Escaped(key.name), "this key, which is missing");
      }
    }
    for (const auto& [name, inner] : value.items()) {
      const bool known = std::any_of(keys.begin(), keys.end(), [&, n = name](const Key& key) { return key.name == n; });
      if (closed && !known) Complain(at + "/" + Escaped(name), "no such key");
    }
  }

  void TopLevel(const std::string& key, const json& value, const std::string& at) {
    static constexpr struct {
      std::string_view name;
      Check check;
    } kKeys[] = {{"$schema", &Validator::Text},
                 {"theme", &Validator::Text},
                 {"model", &Validator::Text},
                 {"autoshare", &Validator::Bool},
                 {"autoupdate", &Validator::Bool},
                 {"disabled_providers", &Validator::Texts},
                 {"provider", &Validator::Providers},
                 {"mcp", &Validator::Servers},
                 {"agentMode", &Validator::AgentMode},
                 {"keybinds", &Validator::Keybinds},
                 {"performance", &Validator::Performance},
                 {"experimental", &Validator::Experimental},
                 {"dgm", &Validator::Dgm},
                 {"prompting", &Validator::AnyObject},
                 {"retry", &Validator::Retry}};
    for (const auto& known : kKeys) {
      if (known.name == key) return (this->*known.check)(value, at);
    }
    if (dialect_ == ConfigDialect::kDgmo || !Knows(kOpencodeKeys, key)) Complain(at, "no such key");
  }

  void AgentMode(const json& value, const std::string& at) {
    if (value != "read-only" && value != "all-tools") Complain(at, "one of: read-only, all-tools");
  }
  void Keybinds(const json& value, const std::string& at) {
    if (!Object(value, at)) return;
    for (const auto& [name, key] : value.items()) {
      const std::string below = at + "/" + Escaped(name);
      if (dialect_ == ConfigDialect::kDgmo && !Knows(kKeybinds, name)) {
        Complain(below, "no such key");
      } else {
        Text(key, below);
      }
    }
  }
  void Performance(const json& value, const std::string& at) {
    Keys(value, at,
         {{"enabled", &Validator::Bool}, {"saveReports", &Validator::Bool}, {"maxMetrics", &Validator::Number}}, false);
  }
  void Dgm(const json& value, const std::string& at) {
    Keys(value, at, {{"enabled", &Validator::Bool}, {"pythonPath", &Validator::Text}}, false);
  }
  void Retry(const json& value, const std::string& at) {
    Keys(value, at,
         {{"maxRetries", &Validator::Number},
          {"initialDelay", &Validator::Number},
          {"maxDelay", &Validator::Number},
          {"backoffMultiplier", &Validator::Number},
          {"jitterFactor", &Validator::Fraction}},
         false);
  }

  void Providers(const json& value, const std::string& at) { Values(value, at, &Validator::Provider); }
  void Provider(const json& value, const std::string& at) {
    const bool models_required = dialect_ == ConfigDialect::kDgmo;
    Keys(value, at,
         {{"models", &Validator::Models, models_required},
          {"options", &Validator::AnyObject},
          {"id", &Validator::Text},
          {"name", &Validator::Text},
          {"npm", &Validator::Text},
          {"api", &Validator::Text},
          {"env", &Validator::Texts}},
         false);
  }
  void Models(const json& value, const std::string& at) { Values(value, at, &Validator::AnyObject); }

  void Servers(const json& value, const std::string& at) { Values(value, at, &Validator::Server); }
  void Server(const json& value, const std::string& at) {
    if (!Object(value, at)) return;
    const bool closed = dialect_ == ConfigDialect::kDgmo;
    const json type = value.value("type", json());
    if (type == "local") {
      Keys(value, at,
           {{"type", &Validator::Text},
            {"command", &Validator::Texts, true},
            {"environment", &Validator::TextMap},
            {"enabled", &Validator::Bool}},
           closed);
    } else if (type == "remote") {
      Keys(value, at, {{"type", &Validator::Text}, {"url", &Validator::Text, true}, {"enabled", &Validator::Bool}},
           closed);
    } else {
      Complain(at + "/type", "one of: local, remote");
    }
  }

  void Experimental(const json& value, const std::string& at) { Keys(value, at, {{"hook", &Validator::Hook}}, false); }
  void Hook(const json& value, const std::string& at) {
    Keys(value, at, {{"file_edited", &Validator::CommandListMap}, {"session_completed", &Validator::CommandList}},
         false);
  }
  void CommandListMap(const json& value, const std::string& at) { Values(value, at, &Validator::CommandList); }
  void CommandList(const json& value, const std::string& at) { Items(value, at, &Validator::Command); }
  void Command(const json& value, const std::string& at) {
    Keys(value, at, {{"command", &Validator::Texts, true}, {"environment", &Validator::TextMap}}, false);
  }

  const ConfigDialect dialect_;
  std::vector<SchemaViolation> violations_;
};

}  // namespace

std::vector<SchemaViolation> ViolationsOf(const json& config, ConfigDialect dialect) {
  Validator validator(dialect);
  validator.Config(config);
  return validator.Take();
}

}  // namespace fleet::agent
