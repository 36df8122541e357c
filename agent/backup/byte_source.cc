#include "agent/backup/byte_source.h"

#include <unistd.h>

#include <cerrno>

#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kPiece = 1 << 16;
constexpr std::int64_t kRatioCounts = 1 << 20;  // unpacked bytes before the ratio says anything

}  // namespace

ByteSource::ByteSource(int fd, TarEncoding encoding, const TarLimits& limits)
    : fd_(fd), encoding_(encoding), limits_(limits), packed_buffer_(kPiece) {
  if (encoding_ != TarEncoding::kGzip) return;
  unpacked_buffer_.resize(4 * kPiece);
  if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) failed_ = Internal("zlib cannot be used");
}

ByteSource::~ByteSource() {
  if (encoding_ == TarEncoding::kGzip) inflateEnd(&stream_);
}

absl::StatusOr<std::string_view> ByteSource::Next() {
  if (!failed_.ok()) return failed_;
  absl::StatusOr<std::string_view> piece = encoding_ == TarEncoding::kGzip ? Inflate() : Read();
  failed_ = piece.ok() ? Count(*piece) : piece.status();
  if (!failed_.ok()) return failed_;
  return piece;
}

absl::StatusOr<std::string_view> ByteSource::Read() {
  for (;;) {
    const ssize_t n = read(fd_, packed_buffer_.data(), packed_buffer_.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FromErrno(errno, "cannot read the archive");
    const std::string_view piece(packed_buffer_.data(), static_cast<std::size_t>(n));
    hash_.Add(piece);
    packed_ += n;
    return piece;
  }
}

absl::StatusOr<std::string_view> ByteSource::Inflate() {
  for (;;) {
    if (stream_.avail_in == 0) {
      ASSIGN_OR_RETURN(const std::string_view piece, Read());
      if (piece.empty()) {
        if (!between_streams_) return DataLoss("it is cut: the compressed bytes end too early");
        if (packed_ == 0) return DataLoss("it is empty");
        return piece;
      }
      stream_.next_in = reinterpret_cast<Bytef*>(packed_buffer_.data());
      stream_.avail_in = static_cast<uInt>(piece.size());
    }
    if (between_streams_ && packed_ > static_cast<std::int64_t>(stream_.avail_in)) {
      // Some tools fill the last block up with zeros.
      if (*stream_.next_in == 0) padding_ = true;
    }
    if (padding_) {
      for (; stream_.avail_in > 0; --stream_.avail_in) {
        if (*stream_.next_in++ != 0) return DataLoss("there are bytes after its end");
      }
      continue;
    }
    stream_.next_out = reinterpret_cast<Bytef*>(unpacked_buffer_.data());
    stream_.avail_out = static_cast<uInt>(unpacked_buffer_.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      return DataLoss("its compressed bytes are damaged or are not gzip");
    }
    between_streams_ = result == Z_STREAM_END;
    if (between_streams_) inflateReset(&stream_);
    const std::size_t got = unpacked_buffer_.size() - stream_.avail_out;
    if (got > 0) return std::string_view(unpacked_buffer_.data(), got);
  }
}

absl::Status ByteSource::Count(std::string_view piece) {
  unpacked_ += static_cast<std::int64_t>(piece.size());
  const std::size_t last = piece.find_last_not_of('\0');
  zeros_ = last == std::string_view::npos ? zeros_ + static_cast<std::int64_t>(piece.size())
                                          : static_cast<std::int64_t>(piece.size() - last - 1);
  if (unpacked_ > limits_.bytes) {
    return DataLoss("it holds more than the limit of " + std::to_string(limits_.bytes) + " bytes");
  }
  if (encoding_ == TarEncoding::kGzip && unpacked_ > kRatioCounts && unpacked_ / limits_.ratio > packed_) {
    return DataLoss("it unpacks to more than " + std::to_string(limits_.ratio) + " times its size");
  }
  return absl::OkStatus();
}

}  // namespace fleet::agent
