#pragma once

#include <openssl/evp.h>

#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/sha256.h"

namespace fleet {

// A secret that a test hides, and every form in which it could come out again.
inline std::string Base64Text(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// The part of a base64 text that does not depend on what stands before and after, for each of the three offsets.
inline std::vector<std::string> Base64Cores(const std::string& secret) {
  std::vector<std::string> cores;
  for (std::size_t offset = 0; offset < 3; ++offset) {
    const std::string text = Base64Text(std::string(offset, 'x') + secret + "xx");
    const std::size_t begin = offset == 0 ? 0 : 4;
    cores.push_back(text.substr(begin, (secret.size() / 3 - 1) * 4 - begin));
  }
  return cores;
}

inline std::string PercentText(const std::string& secret, bool every_byte) {
  std::string text;
  for (const char c : secret) {
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    text += every_byte || !plain ? std::string(hex) : std::string(1, c);
  }
  return text;
}

inline std::string UnicodeEscapes(const std::string& secret) {
  std::string text;
  for (const char c : secret) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\u%04x", static_cast<unsigned char>(c));
    text += hex;
  }
  return text;
}

inline std::vector<std::string> FormsOf(const std::string& secret) {
  std::string upper_hex = HexText(secret);
  for (char& c : upper_hex) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
  std::vector<std::string> forms = {secret,
                                    HexText(secret),
                                    upper_hex,
                                    PercentText(secret, false),
                                    PercentText(secret, true),
                                    UnicodeEscapes(secret),
                                    std::string(secret.rbegin(), secret.rend())};
  for (const std::string& core : Base64Cores(secret)) forms.push_back(core);
  // A good half of it is too much already.
  const std::size_t half = secret.size() / 2 + 1;
  forms.push_back(secret.substr(0, half));
  forms.push_back(secret.substr(secret.size() - half));
  return forms;
}

// Without anything that can stand between the parts of a text that was broken over lines.
inline std::string Joined(std::string_view text) {
  std::string joined;
  for (const char c : text) {
    if (std::string_view(" \t\r\n\\\"'|,").find(c) == std::string_view::npos) joined += c;
  }
  return joined;
}

// The first form in which a secret is in the text; empty when it is in none.
inline std::string LeakOf(const std::string& secret, const std::string& text) {
  const std::string joined = Joined(text);
  for (const std::string& form : FormsOf(secret)) {
    if (form.size() < 4) continue;  // of a short secret; means nothing
    if (text.find(form) != std::string::npos || joined.find(Joined(form)) != std::string::npos) return form;
  }
  return "";
}

}  // namespace fleet
