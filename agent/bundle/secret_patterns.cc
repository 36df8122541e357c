#include "agent/bundle/secret_patterns.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "agent/bundle/known_words.h"

namespace fleet::agent {

namespace {

// Names as they appear in configurations, environments, headers and options; anything around them may stand there, too.
#define SECRET_NAME                                                                                                   \
  "(?:token|secret|passw|pwd|passphrase|passcode|auth|cookie|key|credential|private|bearer|signature|session[-_]?id|" \
  "access[-_]?code|otp|pin[-_]?code|dsn|connection[-_]?string)"

constexpr std::size_t kLongRun = 32;

RE2::Options BytesOptions() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);  // names and logs need not be UTF-8
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  return options;
}
RE2::Options CaseOptions() {
  RE2::Options options = BytesOptions();
  options.set_case_sensitive(true);
  return options;
}

struct Replacement {
  RE2 pattern;
  const char* by;
};

// In this order: the larger ones first. A value is taken out to the end of its line: where a quotation ends is not
// known in text that somebody else cut or escaped.
enum : std::size_t { kPem, kNamed, kOption, kScheme, kJsonWebToken, kService, kOtherService, kReplacements };
std::array<Replacement, kReplacements>& Replacements() {
  static std::array<Replacement, kReplacements> replacements = {{
      {{R"((?s)-----BEGIN.*-----END[^-]*-----|-----BEGIN.*\z)", BytesOptions()}, "[redacted]"},
      {{"([a-z0-9_.-]*" SECRET_NAME R"([a-z0-9_.-]*\\*["']?\s*(?:=>|[:=])\s*)[^\n]+)", BytesOptions()},
       "\\1[redacted]"},
      {{"(--?[a-z0-9_-]*" SECRET_NAME R"([a-z0-9_-]*\s+)[^\n]+)", BytesOptions()}, "\\1[redacted]"},
      {{R"((bearer|basic|digest|negotiate)\s+[^\n]+)", BytesOptions()}, "\\1 [redacted]"},
      {{R"(eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)*)", CaseOptions()}, "[redacted]"},
      {{R"((?:sk|pk|rk)[-_][A-Za-z0-9_-]{12,}|gh[a-z]_[A-Za-z0-9]{12,}|github_pat_[A-Za-z0-9_]{12,}|)"
        R"(glpat-[A-Za-z0-9_-]{8,}|xox[a-z]-[A-Za-z0-9-]{6,}|xapp-[A-Za-z0-9-]{6,})",
        CaseOptions()},
       "[redacted]"},
      {{R"((?:AKIA|ASIA)[A-Z0-9]{8,}|AIza[A-Za-z0-9_-]{12,}|ya29\.[A-Za-z0-9_-]+|npm_[A-Za-z0-9]{12,}|)"
        R"(hf_[A-Za-z0-9]{12,}|SG\.[A-Za-z0-9_.-]{12,}|AGE-SECRET-KEY-[A-Z0-9]+)",
        CaseOptions()},
       "[redacted]"},
  }};
  return replacements;
}

// Of a host what says where it is: an address, or the last two parts of a name.
std::string HostText(std::string_view host) {
  static const RE2 kPlain(R"((?:[0-9.]+|\[[0-9a-f:.]+\]|[a-z0-9-]+(?:\.[a-z0-9-]+)?)(?::\d{1,5})?)", BytesOptions());
  static const RE2 kLonger(R"([a-z0-9.-]*?([a-z0-9-]+\.[a-z0-9-]+(?::\d{1,5})?))", BytesOptions());
  const re2::StringPiece piece(host.data(), host.size());
  if (RE2::FullMatch(piece, kPlain)) return std::string(host);
  std::string end;
  return RE2::FullMatch(piece, kLonger, &end) ? "*." + end : std::string(kRedacted);
}

// Of an address only what says where: a user, a path and a query may each be a secret.
std::string WithoutUrlSecrets(std::string_view text, std::int64_t& count) {
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t mark = text.find("://", at);
    if (mark == std::string_view::npos) return out + std::string(text.substr(at));
    const std::size_t begin = mark + 3;
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\"'<>`", begin), text.size());
    const std::string_view address = text.substr(begin, end - begin);
    const std::size_t host_end = std::min(address.find_first_of("/?#\\"), address.size());
    out += text.substr(at, begin - at);
    if (address.find('@') != std::string_view::npos) {
      out += kRedacted;
      ++count;
    } else {
      out += HostText(address.substr(0, host_end));
      if (address.size() > host_end + 1) {
        out += "/";
        out += kRedacted;
        ++count;
      }
    }
    at = end;
  }
}

bool IsRunCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '_' || c == '=' || c == '-';
}

// The run without what dgmo itself names, if it is a part of a path: ids look random, too.
std::string WithoutKnown(std::string_view run) {
  std::string rest;
  for (std::size_t begin = 0; begin <= run.size();) {
    const std::size_t end = std::min(run.find('/', begin), run.size());
    const std::string_view component = run.substr(begin, end - begin);
    if (!IsKnownComponent(component)) rest.append(component);
    begin = end + 1;
  }
  return rest;
}

// Words joined by dashes are no secret; what has a long stretch of letters and digits mixed is.
bool LooksRandom(std::string_view run) {
  std::size_t stretch = 0;
  bool letter = false;
  bool digit = false;
  std::size_t digits = 0;
  for (const char c : run) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) == 0) {
      stretch = 0;
      letter = digit = false;
      continue;
    }
    ++stretch;
    digits += std::isdigit(byte) != 0 ? 1 : 0;
    (std::isdigit(byte) != 0 ? digit : letter) = true;
    if (stretch >= 16 && letter && digit) return true;
  }
  // Base64 with many separators.
  return digits * 8 >= run.size() &&
         std::any_of(run.begin(), run.end(), [](unsigned char c) { return std::isupper(c) != 0; }) &&
         std::any_of(run.begin(), run.end(), [](unsigned char c) { return std::islower(c) != 0; });
}

// The next run of at least kLongRun such characters that looks random, from `from` on; its end in `end`.
std::size_t FindRandomRun(std::string_view text, std::size_t from, std::size_t& end) {
  for (std::size_t begin = from; begin < text.size();) {
    if (!IsRunCharacter(text[begin])) {
      ++begin;
      continue;
    }
    end = begin;
    while (end < text.size() && IsRunCharacter(text[end])) ++end;
    if (end - begin >= kLongRun) {
      const std::string rest = WithoutKnown(text.substr(begin, end - begin));
      if (rest.size() >= kLongRun && LooksRandom(rest)) return begin;
    }
    begin = end;
  }
  return std::string_view::npos;
}

std::string WithoutRandomRuns(std::string_view text, std::int64_t& count) {
  std::string out;
  std::size_t at = 0;
  std::size_t end = 0;
  for (std::size_t begin = 0; (begin = FindRandomRun(text, at, end)) != std::string_view::npos; at = end) {
    out += text.substr(at, begin - at);
    out += kRedacted;
    ++count;
  }
  out += text.substr(at);
  return out;
}

}  // namespace

bool IsSecretName(std::string_view name) {
  static const RE2 kName(SECRET_NAME, BytesOptions());
  return RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), kName);
}

bool HasSecretShape(std::string_view text) {
  const re2::StringPiece piece(text.data(), text.size());
  for (const std::size_t shape : {kPem, kJsonWebToken, kService, kOtherService}) {
    if (RE2::PartialMatch(piece, Replacements()[shape].pattern)) return true;
  }
  std::size_t end = 0;
  return FindRandomRun(text, 0, end) != std::string_view::npos;
}

std::string WithoutSecrets(std::string_view text, std::int64_t& count) {
  std::string out(text);
  // Keys first: an address that ends in a key's first line would take away what tells that it is one.
  const Replacement& key = Replacements()[kPem];
  count += RE2::GlobalReplace(&out, key.pattern, key.by);
  out = WithoutUrlSecrets(out, count);
  for (const Replacement& replacement : Replacements()) {
    count += RE2::GlobalReplace(&out, replacement.pattern, replacement.by);
  }
  return WithoutRandomRuns(out, count);
}

}  // namespace fleet::agent
