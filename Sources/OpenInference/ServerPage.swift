/// The page for people: an image goes in, its classes come out. It needs nothing from elsewhere.
package enum ServerPage {
  /// The paths of its parts, which hold no secret and are served to anybody.
  package static let paths: Set<String> = ["/", "/page.css", "/page.js"]

  /// One of its parts; nil for another path.
  static func part(_ name: String?) -> RESTResponse? {
    switch name {
    case nil: response(PackageResources.page_html, "text/html; charset=utf-8")
    case "page.css": response(PackageResources.page_css, "text/css; charset=utf-8")
    case "page.js": response(PackageResources.page_js, "text/javascript; charset=utf-8")
    default: nil
    }
  }

  /// The content security policy: no script, style or address but the page's own, and no frame around it.
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob: data:; connect-src 'self'; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private static func response(_ body: [UInt8], _ type: String) -> RESTResponse {
    RESTResponse(
      status: 200,
      headers: [
        "Content-Type": type, "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
      ], body: body)
  }
}
