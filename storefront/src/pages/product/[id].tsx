import { useSubjectId } from "../../list/useSubjectId";
import { ProductView } from "../../product/ProductView";

export default function ProductPage() {
  return <ProductView id={useSubjectId()} />;
}
