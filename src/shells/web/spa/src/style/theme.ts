import { Button, createTheme, Modal, Select, Switch } from "@mantine/core";

/** Behaviour only: colours and sizes are in tokens.css, because no style may be written into the page. */
export const theme = createTheme({
  cursorType: "pointer",
  respectReducedMotion: true,
  defaultRadius: "md",
  components: {
    Button: Button.extend({ defaultProps: { radius: "md" } }),
    // Locking the page's scroll would write a <style> element.
    Modal: Modal.extend({ defaultProps: { lockScroll: false, centered: true, radius: "lg", overlayProps: { backgroundOpacity: 0.45 } } }),
    // Its list stands in the page, not beside all landmarks, and is high enough to need no scrolling, which no key could do.
    Select: Select.extend({ defaultProps: { allowDeselect: false, checkIconPosition: "right", maxDropdownHeight: 460, comboboxProps: { withinPortal: false } } }),
    Switch: Switch.extend({ defaultProps: { withThumbIndicator: false } }),
  },
});
