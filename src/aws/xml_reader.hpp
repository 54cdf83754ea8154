#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// As much of XML as the answers of a service in AWS's Query protocol are made of.
namespace aiokpl::aws {

/// The texts of a document, each with the way to it. The destructor wipes them: they may be secrets.
class XmlTexts {
 public:
  struct Text {
    std::string path;  ///< "AssumeRoleResponse/AssumeRoleResult/Credentials/AccessKeyId"
    std::string text;  ///< Entities decoded, blanks around it dropped.
  };

  XmlTexts() = default;
  XmlTexts(const XmlTexts&) = delete;
  XmlTexts& operator=(const XmlTexts&) = delete;
  XmlTexts(XmlTexts&&) noexcept = default;
  XmlTexts& operator=(XmlTexts&&) = delete;
  ~XmlTexts();

  void add(std::string path, std::string text);
  /// The first text at the end of such a way: "Credentials/AccessKeyId"; empty when there is none.
  [[nodiscard]] std::string_view find(std::string_view end_of_path) const noexcept;
  [[nodiscard]] const std::vector<Text>& all() const noexcept { return texts_; }

 private:
  std::vector<Text> texts_;
};

/// Nothing when the text is not well formed, is nested more than 32 deep, has more than 1,000 elements or names longer
/// than 128 bytes, or has a document type: entities of one's own are how XML harms its readers, and no service sends
/// any. Attributes, comments and processing instructions are passed over, and so are the prefixes of names.
[[nodiscard]] std::optional<XmlTexts> read_xml(std::string_view text);

}  // namespace aiokpl::aws
