/// The style sheet of a report's page, for light and dark displays.
enum ReportStyle {
  static let text = """
    :root { --paper: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #d9dee3; --tint: #f5f7f9; --wrong: #c2410c; --shade: #8c959f; }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #12161c; --ink: #e6edf3; --soft: #9aa4af; --line: #2f3742; --tint: #1a2028; --wrong: #ff9466; --shade: #57606a; }
    }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
    main { max-width: 960px; margin: 0 auto; padding: 24px 20px 64px; }
    h1 { font-size: 26px; margin: 8px 0 4px; overflow-wrap: anywhere; }
    h2 { font-size: 20px; margin: 40px 0 12px; padding-bottom: 4px; border-bottom: 1px solid var(--line); }
    h3 { font-size: 16px; margin: 28px 0 8px; }
    .summary { font-size: 17px; margin: 0 0 16px; }
    .notice { border-left: 3px solid var(--wrong); padding: 2px 0 2px 12px; overflow-wrap: anywhere; }
    .figures { display: flex; flex-wrap: wrap; gap: 12px; margin: 0; }
    .figures div { background: var(--tint); border: 1px solid var(--line); border-radius: 8px; padding: 8px 16px; }
    .figures dt { color: var(--soft); font-size: 13px; }
    .figures dd { margin: 0; font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; }
    figure { margin: 12px 0; }
    figure svg { max-width: 100%; height: auto; }
    .phone { display: none; }
    @media (max-width: 640px) {
      main { padding: 16px 12px 48px; }
      .page { display: none; }
      .phone { display: block; }
    }
    /* What can be scrolled shows a shade at the side where more is: paper that moves with the content covers it at the end. */
    .wide { overflow-x: auto; background: linear-gradient(to right, var(--paper) 24px, transparent 48px) 0 0 / 48px 100%,
      linear-gradient(to left, var(--paper) 24px, transparent 48px) 100% 0 / 48px 100%,
      linear-gradient(to right, var(--shade), transparent) 0 0 / 16px 100%,
      linear-gradient(to left, var(--shade), transparent) 100% 0 / 16px 100%;
      background-attachment: local, local, scroll, scroll; background-repeat: no-repeat; }
    .wide svg { max-width: none; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 8px 0; }
    th { white-space: normal; }
    td { white-space: nowrap; }
    th, td { padding: 4px 14px 4px 0; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
    th { color: var(--soft); font-weight: 600; font-size: 13px; }
    .text { text-align: left; white-space: normal; min-width: 11em; overflow-wrap: anywhere; }
    summary { cursor: pointer; color: var(--soft); }
    .picture img { display: block; min-width: 128px; max-width: 100%; image-rendering: pixelated; }
    .picture figcaption { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
    .images { display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); gap: 16px; }
    .images figure { margin: 0; background: var(--tint); border: 1px solid var(--line); border-radius: 8px; padding: 10px; }
    .images img { display: block; width: 128px; height: 128px; object-fit: contain; image-rendering: pixelated; margin: 0 auto 8px; }
    .images b { color: var(--wrong); }
    .images figcaption { font-size: 13px; line-height: 1.4; overflow-wrap: anywhere; }
    .images small { color: var(--soft); display: block; }
    .missing { display: flex; width: 128px; height: 128px; margin: 0 auto 8px; align-items: center; text-align: center; color: var(--soft); }
    """
}
