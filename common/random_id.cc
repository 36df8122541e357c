#include "common/random_id.h"

#include <openssl/rand.h>

#include <cstdlib>

#include "common/sha256.h"

namespace fleet {

std::string RandomId(std::string_view prefix) {
  unsigned char bytes[10];
  if (RAND_bytes(bytes, sizeof bytes) != 1) std::abort();  // no entropy: nothing sensible can follow
  return std::string(prefix) + "_" + HexText(std::string_view(reinterpret_cast<const char*>(bytes), sizeof bytes));
}

}  // namespace fleet
