// The redactor on any bytes: it never crashes, what comes out is valid UTF-8, and a secret that is planted in the text,
// the way secrets stand in logs, configurations and paths, never comes out, whatever stands around it.

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "agent/bundle/known_words.h"
#include "agent/bundle/log_excerpt.h"
#include "agent/bundle/redaction.h"
#include "agent/bundle/secret_patterns.h"
#include "common/utf8.h"

using namespace fleet;
using namespace fleet::agent;

namespace {

constexpr std::string_view kPlain = "zqkWvTrMnPlbXd";  // only its place tells
// Its shape tells; written in two parts, so that programs that look for keys in sources leave this file alone.
constexpr std::string_view kShaped =
    "sk-ant"
    "-api03-Yq7ZrBv2LkWm9TxD";

void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireGone(std::string_view secret, std::string_view text) {
  // A part of it is too much already.
  for (std::size_t at = 0; at + 8 <= secret.size(); at += 3) {
    if (secret.substr(at, 8) == "sk-ant-a") continue;
    Require(text.find(secret.substr(at, 8)) == std::string_view::npos);
  }
}

// A text that holds a part of a secret by itself proves nothing: the fuzzer learns the secrets from the comparisons.
bool HoldsPartOf(std::string_view secret, std::string_view text) {
  for (std::size_t at = 0; at + 4 <= secret.size(); ++at) {
    if (text.find(secret.substr(at, 4)) != std::string_view::npos) return true;
  }
  return false;
}

std::string Around(std::string_view before, std::string_view after, std::uint8_t way) {
  const std::string secret(way % 8 < 6 ? kPlain : kShaped);
  const std::string ways[] = {"password=" + secret,
                              "\"apiKey\": \"" + secret + "\"",
                              "Authorization: Bearer " + secret,
                              "https://user:" + secret + "@example.com/",
                              "https://example.com/" + secret + "?q=" + secret,
                              "-----BEGIN PRIVATE KEY-----\n" + secret + "\n-----END PRIVATE KEY-----",
                              secret,
                              "say " + secret + " please"};
  return std::string(before) + ways[way % 8] + std::string(after);
}

KnownNames Known(bool anonymise) {
  KnownNames known;
  known.homes = {"/home/mira"};
  known.roots = {"/home/mira/.local/share/dgmo/project/p"};
  known.projects = {"p"};
  known.host = "workbench";
  known.anonymise = anonymise;
  return known;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 2), size - 2);
  const std::size_t cut = data[1] * text.size() / 255;
  const std::string_view before = text.substr(0, cut);
  const std::string_view after = text.substr(cut);
  if (HoldsPartOf(kPlain, text) || HoldsPartOf(kShaped.substr(kShaped.find("api03")), text)) return 0;

  static const Redactor kPlainly(Known(false));  // compiles the log patterns
  static const Redactor kAnonymously(Known(true));
  Redactor redactor = data[0] >= 128 ? kAnonymously : kPlainly;
  const std::string planted = Around(before, after, data[0]);
  const std::string shown = redactor.Text(planted);
  RequireGone(kPlain, shown);
  RequireGone(kShaped, shown);
  Require(InvalidUtf8At(shown) == std::string::npos);

  // Neither lines of logs nor names nor values of settings need any hint.
  const std::string anywhere = std::string(before) + std::string(kPlain) + std::string(after);
  RequireGone(kPlain, redactor.LogLine(anywhere));
  RequireGone(kPlain, LogExcerpt(anywhere, 0, redactor));
  RequireGone(kPlain, redactor.Path("/home/mira/" + anywhere));
  RequireGone(kPlain, redactor.Name(std::string(before.substr(0, before.find('/'))) + std::string(kPlain)));
  const std::string name = ToUtf8(before);
  const nlohmann::ordered_json config = {{name, ToUtf8(std::string(kPlain) + std::string(after))},
                                         {"mcp", {{name, {{"token", ToUtf8(anywhere)}}}}}};
  // A setting that chooses among words may be called anything like a word.
  if (KindOfSetting(name) == SettingKind::kFree) RequireGone(kPlain, redactor.Config(config).dump());
  return 0;
}
