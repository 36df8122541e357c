#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/store/padded_text.h"

namespace fleet::agent {

// Every assistant message carries the same system prompts, most of its bytes (catalogue: "Message": some 20 kB in every
// one). A prompt that was read once in a valid document need not be read again: comparing it with the known one is many
// times as fast. One thread at a time.
//
// The shorter text is well-formed exactly when the whole one is: what is cut are the insides of texts that stand
// between quotes in the array after "system":, and they are byte for byte what was well-formed there before. Behind
// that key no well-formed document is inside a text.
class KnownPrompts {
 public:
  // Writes the document without the insides of prompts that are known to `shorter`; false when there are none.
  bool Cut(std::string_view document, PaddedText& shorter);

  // The document given to Cut last is well-formed: its long prompts are known from here on. It must still be there.
  void Learn();

 private:
  std::size_t KnownLength(std::string_view text) const;

  std::vector<std::string> known_;         // with their quotes
  std::size_t oldest_ = 0;                 // of known_, once it is full
  std::vector<std::string_view> unknown_;  // long ones that Cut met
};

}  // namespace fleet::agent
