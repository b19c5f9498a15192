import { CategoryView } from "../../list/CategoryView";
import { useSubjectId } from "../../list/useSubjectId";

export default function CategoryPage() {
  return <CategoryView id={useSubjectId()} />;
}
