/** Thin line icons; the control around each has its name. */

function Icon({ path, filled = false }: { path: string; filled?: boolean }) {
  return (
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={path} fill={filled ? "currentColor" : "none"} stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

export const SearchIcon = () => <Icon path="M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21" />;
export const BagIcon = () => <Icon path="M5 8h14l1 13H4zM8.5 8V6.5a3.5 3.5 0 0 1 7 0V8" />;
export const PersonIcon = () => <Icon path="M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 21c.5-4 3.5-6 7.5-6s7 2 7.5 6" />;
export const MenuIcon = () => <Icon path="M3 8h18M3 16h18" />;
export const CloseIcon = () => <Icon path="M5 5l14 14M19 5 5 19" />;
export const ThumbUpIcon = ({ filled }: { filled: boolean }) => (
  <Icon filled={filled} path="M4 11h3v9H4zM7 11l4-7c1.6 0 2.4 1.4 2 3l-.7 3H19c1 0 1.7.9 1.5 1.9l-1.4 6.5a2 2 0 0 1-2 1.6H7" />
);
export const ThumbDownIcon = ({ filled }: { filled: boolean }) => (
  <Icon filled={filled} path="M20 13h-3V4h3zM17 13l-4 7c-1.6 0-2.4-1.4-2-3l.7-3H5c-1 0-1.7-.9-1.5-1.9l1.4-6.5a2 2 0 0 1 2-1.6H17" />
);
