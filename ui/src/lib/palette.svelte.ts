/** Whether the command palette is open; any button or key may open it. */
export const palette = $state({ open: false });
