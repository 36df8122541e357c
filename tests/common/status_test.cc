#include "common/status.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "common/channel_args.h"
#include "common/grpc_status.h"

namespace fleet {
namespace {

TEST(GrpcStatus, CodesAreEqualInBothLibrariesAllSeventeen) {
  // Spelled out by gRPC's names, so that a change on either side shows.
  const std::pair<grpc::StatusCode, absl::StatusCode> pairs[] = {
      {grpc::StatusCode::OK, absl::StatusCode::kOk},
      {grpc::StatusCode::CANCELLED, absl::StatusCode::kCancelled},
      {grpc::StatusCode::UNKNOWN, absl::StatusCode::kUnknown},
      {grpc::StatusCode::INVALID_ARGUMENT, absl::StatusCode::kInvalidArgument},
      {grpc::StatusCode::DEADLINE_EXCEEDED, absl::StatusCode::kDeadlineExceeded},
      {grpc::StatusCode::NOT_FOUND, absl::StatusCode::kNotFound},
      {grpc::StatusCode::ALREADY_EXISTS, absl::StatusCode::kAlreadyExists},
      {grpc::StatusCode::PERMISSION_DENIED, absl::StatusCode::kPermissionDenied},
      {grpc::StatusCode::RESOURCE_EXHAUSTED, absl::StatusCode::kResourceExhausted},
      {grpc::StatusCode::FAILED_PRECONDITION, absl::StatusCode::kFailedPrecondition},
      {grpc::StatusCode::ABORTED, absl::StatusCode::kAborted},
      {grpc::StatusCode::OUT_OF_RANGE, absl::StatusCode::kOutOfRange},
      {grpc::StatusCode::UNIMPLEMENTED, absl::StatusCode::kUnimplemented},
      {grpc::StatusCode::INTERNAL, absl::StatusCode::kInternal},
      {grpc::StatusCode::UNAVAILABLE, absl::StatusCode::kUnavailable},
      {grpc::StatusCode::DATA_LOSS, absl::StatusCode::kDataLoss},
      {grpc::StatusCode::UNAUTHENTICATED, absl::StatusCode::kUnauthenticated}};
  EXPECT_EQ(std::size(pairs), 17U);
  for (const auto& [grpc_code, absl_code] : pairs) {
    EXPECT_EQ(ToGrpc(absl::Status(absl_code, "x")).error_code(), grpc_code);
    EXPECT_EQ(FromGrpc(grpc::Status(grpc_code, "x")).code(), absl_code);
  }
}

TEST(GrpcStatus, MessagesArriveAsValidUtf8) {
  EXPECT_EQ(ToGrpc(NotFound("no \xFF")).error_message(), "no \\xff");
  EXPECT_EQ(MessageOf(FromGrpc(ToGrpc(Aborted("why")))), "why");
}

TEST(Status, ErrnoBecomesACodeAndCanBeHadBack) {
  EXPECT_EQ(FromErrno(ENOENT, "open x").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FromErrno(EACCES, "open x").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(FromErrno(ENOSPC, "write x").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(FromErrno(EIO, "read x").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(MessageOf(FromErrno(ENOENT, "open x")), "open x: No such file or directory");
  EXPECT_EQ(ErrnoOf(FromErrno(EIO, "read x")), EIO);
  EXPECT_EQ(ErrnoOf(NotFound("x")), 0);
  EXPECT_EQ(ErrnoOf(absl::OkStatus()), 0);
}

TEST(Status, AnnotateKeepsTheCodeAndTheErrno) {
  const absl::Status status = Annotate(FromErrno(EACCES, "open x"), "while checking");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(MessageOf(status), "while checking: open x: Permission denied");
  EXPECT_EQ(ErrnoOf(status), EACCES);
  EXPECT_TRUE(Annotate(absl::OkStatus(), "x").ok());
}

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return InvalidArgument("odd");
  return n / 2;
}
absl::StatusOr<int> Quarter(int n) {
  ASSIGN_OR_RETURN(const int half, Half(n));
  ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

TEST(Status, MacrosPassTheFirstErrorOn) {
  EXPECT_EQ(Quarter(12).value(), 3);
  EXPECT_EQ(Quarter(6).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ChannelArgs, OnlyThisMachineIsLoopback) {
  for (const std::string address : {"127.0.0.1:7443", "127.8.9.10:1", "localhost:7443", "[::1]:7443", "unix:/run/x"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const std::string address : {"0.0.0.0:7443", "[::]:7443", "10.0.0.1:7443", "128.0.0.1:1", "localhost.evil:1",
                                    "127.0.0.1.evil.example:7443", "127.evil.example:7443", "", ":7443", "*:7443"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

}  // namespace
}  // namespace fleet
