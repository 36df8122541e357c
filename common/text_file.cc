#include "common/text_file.h"

#include <cerrno>
#include <fstream>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet {

namespace {

constexpr std::size_t kLargest = 1 << 20;

}  // namespace

absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  std::string text(kLargest + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.eof() && stream.gcount() == 0) {
    return FromErrno(errno == 0 ? EIO : errno, "cannot read " + ToUtf8(path));
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kLargest) return InvalidArgument(ToUtf8(path) + " is larger than a megabyte");
  return text;
}

}  // namespace fleet
